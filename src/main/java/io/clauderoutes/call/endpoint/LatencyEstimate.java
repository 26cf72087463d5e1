package io.clauderoutes.call.endpoint;

import java.util.concurrent.atomic.AtomicLong;

/** Moving average and deviation of a time, as TCP keeps them of its round trips; it takes no lock. */
public final class LatencyEstimate {

    private static final int AVERAGE_OVER = 8;
    private static final int DEVIATION_OVER = 4;

    private final AtomicLong average = new AtomicLong();
    private final AtomicLong deviation = new AtomicLong();
    private volatile long measuredNanos;

    /** One more measurement, never less than a nanosecond. */
    void record(long tookNanos, long nowNanos) {
        long took = Math.max(1, tookNanos);
        long before = average.getAndAccumulate(took, LatencyEstimate::average);
        deviation.accumulateAndGet(before == 0 ? took / 2 : Math.abs(took - before), LatencyEstimate::deviation);
        measuredNanos = nowNanos;
    }

    private static long average(long held, long took) {
        return held == 0 ? took : held + (took - held) / AVERAGE_OVER;
    }

    private static long deviation(long held, long off) {
        return held == 0 ? off : held + (off - held) / DEVIATION_OVER;
    }

    /** Nanoseconds; 0 if nothing was measured. */
    public long average() {
        return average.get();
    }

    /** A time that few exceed while all is as it was; 0 if nothing was measured. */
    long usually() {
        return average.get() + 4 * deviation.get();
    }

    /** When it was measured last. */
    long measuredNanos() {
        return measuredNanos;
    }

    /** Forgets all samples, because the next calls differ from them. */
    void reset() {
        average.set(0);
        deviation.set(0);
    }
}
