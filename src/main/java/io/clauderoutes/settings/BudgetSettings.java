package io.clauderoutes.settings;

/** What a tenant may spend. */
public record BudgetSettings(long microUsd, SpendingPeriod period) {}
