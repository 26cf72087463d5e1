package io.clauderoutes.simulator;

import java.time.Duration;

/**
 * How the simulator does batches.
 *
 * @param takes from a batch's creation to its end; {@link Fault#FOREVER} until {@link Simulator#endBatches()}
 * @param erroredPercent how many of 100 items meet an error of the API's own
 * @param expiredPercent how many of 100 items the API does not come to
 * @param groupTakes how long a company gateway works on {@code POST /v1/batch}
 */
public record BatchRules(Duration takes, double erroredPercent, double expiredPercent, Duration groupTakes) {

    private static final double ALL = 100.0;

    public BatchRules {
        if (takes.isNegative() || groupTakes.isNegative()) {
            throw new IllegalArgumentException(
                    "a batch must not take less than no time, but takes " + takes + " and " + groupTakes);
        }
        if (!(erroredPercent >= 0 && expiredPercent >= 0 && erroredPercent + expiredPercent <= ALL)) {
            throw new IllegalArgumentException(
                    "the percentages of items that fail must be from 0 to 100 together, but are " + erroredPercent
                            + " and " + expiredPercent);
        }
    }

    /** Batches that end at once and well. */
    public static BatchRules instant() {
        return new BatchRules(Duration.ZERO, 0, 0, Duration.ZERO);
    }

    public BatchRules withDuration(Duration value) {
        return new BatchRules(value, erroredPercent, expiredPercent, groupTakes);
    }

    public BatchRules withFailures(double errored, double expired) {
        return new BatchRules(takes, errored, expired, groupTakes);
    }

    public BatchRules withGroupDuration(Duration value) {
        return new BatchRules(takes, erroredPercent, expiredPercent, value);
    }
}
