package io.clauderoutes.sidebyside;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What the callers of one cell met while it was measured. Not for several threads. */
final class Tally {

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);
    private static final int DIGITS = 3;

    private final Histogram whole = new Histogram(LONGEST, DIGITS);
    private final Histogram firstDelta = new Histogram(LONGEST, DIGITS);
    private final Histogram gap = new Histogram(LONGEST, DIGITS);
    private long failures;
    private String lastFailure = "";

    void answered(long nanos) {
        whole.recordValue(nanos);
    }

    void firstDelta(long nanos) {
        firstDelta.recordValue(nanos);
    }

    void nextDelta(long nanos) {
        gap.recordValue(nanos);
    }

    void failed(String reason) {
        failures++;
        lastFailure = reason;
    }

    /** Adds what another round met. */
    void add(Tally other) {
        whole.add(other.whole);
        firstDelta.add(other.firstDelta);
        gap.add(other.gap);
        failures += other.failures;
        lastFailure = other.failures > 0 ? other.lastFailure : lastFailure;
    }

    /** From the request's last byte out to the answer's last byte in, in nanoseconds. */
    Histogram whole() {
        return whole;
    }

    /** From the request's last byte out to the first delta in, in nanoseconds. */
    Histogram firstDelta() {
        return firstDelta;
    }

    /** Between two deltas of a stream, in nanoseconds; 0 where they came in one read. */
    Histogram gap() {
        return gap;
    }

    long failures() {
        return failures;
    }

    String lastFailure() {
        return lastFailure;
    }
}
