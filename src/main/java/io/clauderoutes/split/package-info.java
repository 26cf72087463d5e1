/** Stage 50. When text of a stream is let out: at once, or whole. */
package io.clauderoutes.split;
