package io.clauderoutes.settings;

import java.time.Duration;

/**
 * {@code claude.resume.*}: replies that a client can continue to read after its connection broke.
 *
 * @param window how long a call continues while no client reads its reply
 * @param keep how long a reply is retained after its end
 * @param maxReplyBytes of one reply that are retained
 * @param maxBytes of all replies that are retained in memory
 */
public record ResumeSettings(Duration window, Duration keep, long maxReplyBytes, long maxBytes) {}
