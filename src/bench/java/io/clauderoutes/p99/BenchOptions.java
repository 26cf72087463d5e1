package io.clauderoutes.p99;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param minutes after which no run is begun; 0 for no limit
 * @param othersPercent largest share of the machine that other processes may have during a run; a run with more is made again
 */
record BenchOptions(boolean quick, int minutes, int othersPercent) {

    private static final int OTHERS = 10;

    BenchOptions {
        if (minutes < 0) {
            throw new IllegalArgumentException("bench.minutes must not be negative, but is " + minutes);
        }
    }

    static BenchOptions ofSystem() {
        return new BenchOptions(
                Boolean.getBoolean("bench.quick"),
                Integer.getInteger("bench.minutes", 0),
                Integer.getInteger("bench.others", OTHERS));
    }

    int repeats() {
        return quick ? 1 : 3;
    }

    Duration warmUp() {
        return Duration.ofSeconds(quick ? 6 : 9);
    }

    /** Real times of one run of a cell. */
    Load.Times times() {
        return quick
                ? new Load.Times(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(4))
                : new Load.Times(Duration.ofMillis(1_200), Duration.ofSeconds(3), Duration.ofSeconds(6));
    }
}
