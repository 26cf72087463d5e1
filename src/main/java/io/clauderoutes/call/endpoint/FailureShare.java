package io.clauderoutes.call.endpoint;

import java.util.concurrent.TimeUnit;

/** The share of the latest calls that failed, from 0 to 1. Older calls count less and less. */
final class FailureShare {

    private static final double DECAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private double failed;
    private double all;
    private long atNanos;

    synchronized void record(boolean failure, long nowNanos) {
        decay(nowNanos);
        all++;
        failed += failure ? 1 : 0;
    }

    private void decay(long nowNanos) {
        double weight = Math.exp(-Math.max(0, nowNanos - atNanos) / DECAY_NANOS);
        failed *= weight;
        all *= weight;
        atNanos = nowNanos;
    }

    /** One call more that went well is assumed, so that a single failure is not the whole. */
    synchronized double of(long nowNanos) {
        decay(nowNanos);
        return failed / (all + 1);
    }

    synchronized void reset() {
        failed = 0;
        all = 0;
    }
}
