package io.clauderoutes.prediction;

import java.time.Duration;
import java.util.Optional;

/**
 * A reply that ended well.
 *
 * @param outputTokens that were billed
 * @param duration from the call to the end of the reply
 * @param firstToken from the call to its first token; empty if the reply came whole
 */
public record Observation(long outputTokens, Duration duration, Optional<Duration> firstToken) {}
