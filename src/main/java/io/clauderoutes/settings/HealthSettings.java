package io.clauderoutes.settings;

import java.time.Duration;

/**
 * When an endpoint is out, and how it comes back in.
 *
 * @param failures so many in a row put it out
 * @param silence so long without a sign of life, at least, while calls wait
 * @param hold how long it stays out at least
 * @param slowStart how long its share grows once it is back
 * @param goodProbes so many in a row before it is back
 */
public record HealthSettings(
        int failures,
        Duration silence,
        Duration hold,
        Duration holdMax,
        Duration slowStart,
        int goodProbes,
        ProbeSettings probe) {}
