/**
 * What an application imports: the names of headers, the reply, the exception and their parts. No class here depends on Camel.
 */
package io.clauderoutes;
