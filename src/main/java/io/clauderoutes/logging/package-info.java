/** The log of a standalone bundle: format, file and levels. An application has a log of its own. */
package io.clauderoutes.logging;
