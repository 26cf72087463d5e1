/**
 * Stage 30. Replies that were given before, and one call for identical requests at the same time. It stores whole, redacted replies only.
 */
package io.clauderoutes.cache;
