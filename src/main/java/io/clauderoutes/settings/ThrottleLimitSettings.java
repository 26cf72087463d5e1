package io.clauderoutes.settings;

/** {@code claude.throttle.tenants.<name>.*}: the limits of one tenant. */
public record ThrottleLimitSettings(int inFlight, double rate, long capacity) {}
