package io.clauderoutes.settings;

import java.util.Map;

/** Settings of what each prompt passes before it is called. */
public record AdmissionSettings(
        ThrottleSettings throttle,
        CacheSettings cache,
        Map<String, RequestLimitSettings> limits,
        Map<String, BudgetSettings> budgets) {}
