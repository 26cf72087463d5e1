package io.clauderoutes.call.endpoint;

import io.clauderoutes.settings.ConcurrencySettings;

/**
 * How many calls an endpoint serves at once without a queue, by the gradient of the time to first token (after Gradient2 of Netflix'
 * concurrency-limits). Times are compared with those of calls of the same input size when few were in flight. Not safe for use by two
 * threads.
 */
final class GradientLimit {

    /** The limit before anything is measured. */
    static final int INITIAL = 10;
    /** Calls whose mean is compared, at least and at most; between them as many as may be in flight. */
    static final int SMALLEST_WINDOW = 20;

    static final int LARGEST_WINDOW = 100;
    /** Windows after which the time without a queue is measured again. */
    static final int PROBE_EVERY = 50;

    /** A mean time to first token up to so many times that without a queue is no queue. */
    private static final double TOLERANCE = 1.5;
    /** The most that one window, and what one refusal, leave of the limit. */
    private static final double SMALLEST_GRADIENT = 0.5;

    private static final double AFTER_DROP = 0.8;
    private static final int BASELINE_OVER = 3;
    /** Each class holds inputs up to four times as large as the one before. */
    private static final int BITS_OF_CLASS = 2;

    private final InputSize[] sizes = new InputSize[Long.SIZE / BITS_OF_CLASS + 1];
    private ConcurrencySettings settings;
    private double limit;
    private boolean slowStart = true;
    private boolean saturated;
    private boolean probing;
    private double beforeProbe;
    private int windows;
    private int whole;
    /** When the limit changed last: a call that began before says nothing of the limit. */
    private long changedNanos;

    /** Calls with about the same number of input tokens. */
    private static final class InputSize {
        /** Mean nanoseconds to the first token without a queue; 0 if not measured. */
        private double baseline;

        private int count;
        private double sum;
    }

    GradientLimit(ConcurrencySettings settings, long nowNanos) {
        this.settings = settings;
        this.limit = within(INITIAL);
        this.changedNanos = nowNanos;
    }

    private double within(double wanted) {
        return Math.max(settings.min(), Math.min(settings.max(), wanted));
    }

    /** Keeps other bounds from now on. What was measured stays. */
    void use(ConcurrencySettings bounds, long nowNanos) {
        settings = bounds;
        set(limit, nowNanos);
        beforeProbe = within(beforeProbe);
    }

    /** Calls that may be in flight, within the bounds. */
    int limit() {
        return (int) limit;
    }

    /**
     * The first token of a stream has come.
     *
     * @param startedNanos when the call was sent
     * @param busy whether at least half of the limit is in flight, so that the limit may matter
     */
    void firstToken(long startedNanos, long nowNanos, long inputTokens, boolean busy) {
        if (startedNanos - changedNanos < 0) {
            return;
        }
        saturated |= busy;
        int index = (Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, inputTokens))) / BITS_OF_CLASS;
        if (sizes[index] == null) {
            sizes[index] = new InputSize();
        }
        InputSize size = sizes[index];
        size.count++;
        size.sum += Math.max(1, nowNanos - startedNanos);
        if (size.count >= window()) {
            decide(size, size.sum / size.count, nowNanos);
        }
    }

    /** A reply that is not streamed has come: its time says how long it is, so only refusals count. */
    void whole(long startedNanos, long nowNanos, boolean busy) {
        if (startedNanos - changedNanos < 0) {
            return;
        }
        saturated |= busy;
        whole++;
        if (whole >= window()) {
            grow(nowNanos);
        }
    }

    private int window() {
        return Math.max(SMALLEST_WINDOW, Math.min(LARGEST_WINDOW, limit()));
    }

    private void decide(InputSize size, double mean, long nowNanos) {
        boolean fewInFlight = probing || limit() <= settings.min();
        if (size.baseline == 0 || fewInFlight) {
            size.baseline = mean;
        } else if (mean < size.baseline) {
            size.baseline += (mean - size.baseline) / BASELINE_OVER;
        }
        double gradient = Math.max(SMALLEST_GRADIENT, Math.min(1, TOLERANCE * size.baseline / mean));
        windows++;
        if (probing) {
            probing = false;
            set(beforeProbe, nowNanos);
        } else if (gradient < 1) {
            slowStart = false;
            set(limit * gradient, nowNanos);
        } else if (windows >= PROBE_EVERY) {
            windows = 0;
            probing = true;
            beforeProbe = limit;
            set(limit / 2, nowNanos);
        } else {
            grow(nowNanos);
        }
    }

    private void grow(long nowNanos) {
        boolean grows = saturated && !probing;
        set(grows ? limit + (slowStart ? limit : Math.sqrt(limit)) : limit, nowNanos);
    }

    /** The endpoint refused a call for its load, or did not answer it in time. Those that were sent at the same time count once. */
    void dropped(long startedNanos, long nowNanos) {
        if (startedNanos - changedNanos < 0) {
            return;
        }
        slowStart = false;
        beforeProbe = within(beforeProbe * AFTER_DROP);
        set(limit * AFTER_DROP, nowNanos);
    }

    private void set(double wanted, long nowNanos) {
        limit = within(wanted);
        if (limit() <= settings.min()) {
            slowStart = true;
        }
        changedNanos = nowNanos;
        saturated = false;
        whole = 0;
        for (InputSize size : sizes) {
            if (size != null) {
                size.count = 0;
                size.sum = 0;
            }
        }
    }
}
