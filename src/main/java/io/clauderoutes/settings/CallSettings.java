package io.clauderoutes.settings;

import java.time.Duration;

/**
 * How calls are made.
 *
 * @param hedgeAfter how long a call may give no token before another is made beside it; zero for never
 */
public record CallSettings(
        int maxAttempts,
        Duration firstDelay,
        Duration maxDelay,
        Duration retryAfterMax,
        int retryBudgetPercent,
        Duration deadline,
        Duration hedgeAfter,
        int hedgeBudgetPercent,
        EndpointOrder order,
        Duration stickiness,
        Duration dnsCache) {}
