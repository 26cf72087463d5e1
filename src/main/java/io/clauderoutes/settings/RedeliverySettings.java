package io.clauderoutes.settings;

import java.time.Duration;

/**
 * How a message of a source is tried again.
 *
 * @param most failed attempts that count before it goes to the dead letters
 * @param delay wait after the first failure
 * @param maxDelay longest wait
 */
public record RedeliverySettings(int most, Duration delay, Duration maxDelay) {}
