package io.clauderoutes.prediction;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Counts of values in buckets of equal ratio, of which the latest weigh most. Not safe for use by two threads. */
final class LogHistogram {

    private static final double RATIO = 1.1;
    private static final double LOG_RATIO = Math.log(RATIO);
    /** All counts are halved when they reach this sum, so that a quantile follows a change. */
    private static final int MOST = 1000;

    private final double lowest;
    private final float[] counts;
    private float total;

    /**
     * An empty histogram.
     *
     * @param lowest smallest value; all smaller values count as this one
     * @param highest largest value; all greater values count as this one
     */
    LogHistogram(double lowest, double highest) {
        this.lowest = lowest;
        this.counts = new float[(int) Math.ceil(Math.log(highest / lowest) / LOG_RATIO) + 1];
    }

    void add(double value) {
        add(value, 1);
    }

    void add(double value, double weight) {
        int bucket = value <= lowest ? 0 : (int) Math.round(Math.log(value / lowest) / LOG_RATIO);
        counts[Math.min(counts.length - 1, bucket)] += (float) weight;
        total += (float) weight;
        if (total > MOST) {
            total = 0;
            for (int i = 0; i < counts.length; i++) {
                counts[i] /= 2;
                total += counts[i];
            }
        }
    }

    /** The sum of the counts. */
    double total() {
        return total;
    }

    /** The value that this share of the values does not exceed; the lowest if there are none. */
    double quantile(double share) {
        double left = share * total;
        for (int i = 0; i < counts.length; i++) {
            left -= counts[i];
            if (left <= 0 && counts[i] > 0) {
                return lowest * Math.exp(i * LOG_RATIO);
            }
        }
        return lowest;
    }

    void write(DataOutput out) throws IOException {
        for (float count : counts) {
            out.writeFloat(count);
        }
    }

    void read(DataInput in) throws IOException {
        total = 0;
        for (int i = 0; i < counts.length; i++) {
            float count = in.readFloat();
            if (!(count >= 0 && count <= 2 * MOST)) {
                throw new IOException("a count is " + count);
            }
            counts[i] = count;
            total += count;
        }
    }
}
