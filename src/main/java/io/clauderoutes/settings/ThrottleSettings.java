package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Map;

/** {@code claude.throttle.*}: how many requests are admitted. */
public record ThrottleSettings(
        int inFlight,
        Duration maxWait,
        double rate,
        long capacity,
        ThrottleCost cost,
        Map<String, ThrottleLimitSettings> tenants) {}
