package io.clauderoutes.p99;

import java.time.Duration;

/** All times of the benchmark are a tenth of those that it reports. */
final class Scale {

    static final int FACTOR = 10;

    private static final double NANOS = 1e9;

    private Scale() {}

    /** The real duration of a reported one. */
    static Duration real(Duration reported) {
        return reported.dividedBy(FACTOR);
    }

    /** The reported seconds of real nanoseconds. */
    static double seconds(long nanos) {
        return nanos * FACTOR / NANOS;
    }
}
