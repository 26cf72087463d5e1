package io.clauderoutes.settings;

import java.time.Duration;

/**
 * {@code claude.resume.*}: replies that a client can continue to read after its connection broke.
 *
 * @param window how long a call continues while no client reads its reply
 * @param keep how long a reply is retained after its end
 * @param maxReplyBytes of one reply that are retained
 * @param maxBytes of all replies that are retained in memory
 * @param stored whether replies are stored, so that a restart does not lose them
 * @param callsAgain whether a request that is sent again continues a reply that a restart has lost with a new call
 */
public record ResumeSettings(
        Duration window, Duration keep, long maxReplyBytes, long maxBytes, boolean stored, boolean callsAgain) {}
