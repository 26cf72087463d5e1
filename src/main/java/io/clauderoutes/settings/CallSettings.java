package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Optional;

/**
 * How calls are made.
 *
 * @param hedgeAfter how long a call may give no token before another is made beside it; zero for never, empty for the time that is
 *     predicted
 */
public record CallSettings(
        int maxAttempts,
        Duration firstDelay,
        Duration maxDelay,
        Duration retryAfterMax,
        int retryBudgetPercent,
        Duration deadline,
        Optional<Duration> hedgeAfter,
        int hedgeBudgetPercent,
        EndpointOrder order,
        Duration stickiness,
        Duration dnsCache) {}
