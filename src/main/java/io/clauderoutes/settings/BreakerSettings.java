package io.clauderoutes.settings;

import java.time.Duration;

/** {@code claude.endpoints.<name>.breaker-*}: when the circuit breaker of an endpoint opens, and for how long. */
public record BreakerSettings(
        int failurePercent, int window, int minCalls, Duration open, Duration halfOpen, int trialCalls) {}
