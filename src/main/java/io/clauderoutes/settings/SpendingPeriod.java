package io.clauderoutes.settings;

/** For how long a budget is, by the calendar in UTC. */
public enum SpendingPeriod {
    HOUR,
    DAY,
    WEEK,
    MONTH
}
