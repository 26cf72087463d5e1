package io.clauderoutes.call.endpoint;

import java.util.concurrent.TimeUnit;

/**
 * An estimate of a latency that follows a rise at once and a fall slowly: a peak-sensitive, exponentially weighted moving average.
 * Without measurements it decays, so that an endpoint that was slow once is tried again.
 */
final class PeakLatency {

    private static final double DECAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private double estimate;
    private long atNanos;

    /** One more measurement. */
    synchronized void record(long tookNanos, long nowNanos) {
        double took = Math.max(1, tookNanos);
        double decayed = decayed(nowNanos);
        if (took >= decayed) {
            estimate = took;
        } else {
            double weight = weight(nowNanos);
            estimate = estimate * weight + took * (1 - weight);
        }
        atNanos = nowNanos;
    }

    private double decayed(long nowNanos) {
        return estimate == 0 ? 0 : estimate * weight(nowNanos);
    }

    private double weight(long nowNanos) {
        return Math.exp(-Math.max(0, nowNanos - atNanos) / DECAY_NANOS);
    }

    /** The estimate now in nanoseconds; 0 if nothing was measured. */
    synchronized double nanos(long nowNanos) {
        return estimate == 0 ? 0 : Math.max(1, decayed(nowNanos));
    }

    /** Forgets everything. */
    synchronized void reset() {
        estimate = 0;
    }
}
