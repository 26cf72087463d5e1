/** Personal data and secrets out of a text that comes in pieces. */
package io.clauderoutes.redact;
