/**
 * Replies that were paid for and that a sink did not take. They stay in {@code claude.data/undelivered.db} until the sink takes
 * them; the command {@code undelivered} and {@code GET /v1/undelivered} list them.
 */
package io.clauderoutes.undelivered;
