package io.clauderoutes.console;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;

/** Makes times of day of durations that grow: the same state has the same time at each look. Used by one thread. */
final class SinceTimes {

    private static final int MOST = 1_000;
    private static final Duration SAME = Duration.ofSeconds(2);

    private final Map<String, Instant> known = new HashMap<>();
    private final Clock clock;

    SinceTimes(Clock clock) {
        this.clock = clock;
    }

    /** When something began that has lasted so long. */
    Instant of(String what, Duration lasting) {
        Instant since = clock.instant().minus(lasting).truncatedTo(ChronoUnit.SECONDS);
        Instant before = known.get(what);
        if (before != null && Duration.between(before, since).abs().compareTo(SAME) <= 0) {
            return before;
        }
        if (known.size() >= MOST) {
            known.clear();
        }
        known.put(what, since);
        return since;
    }
}
