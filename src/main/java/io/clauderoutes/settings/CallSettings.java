package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Optional;

/** How calls are made. */
public record CallSettings(
        Retry retry, Duration deadline, Hedge hedge, EndpointOrder order, Duration stickiness, Duration dnsCache) {
    /** How failed calls are repeated. */
    public record Retry(
            int maxAttempts, Duration firstDelay, Duration maxDelay, Duration retryAfterMax, int budgetPercent) {}

    /**
     * When a second call is made beside a slow one.
     *
     * @param after how long a call may give no token before another is made beside it; zero for never, empty for the time that is predicted
     */
    public record Hedge(Optional<Duration> after, int budgetPercent) {}
}
