package io.clauderoutes.meters;

import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/** Calls to endpoints, and calls that are made again. */
public final class CallMeters {

    /** Seconds over which {@code claude.api.success.rate} looks back, and the width of its slots. */
    private static final int WINDOW_SECONDS = 300;

    private static final int SLOT_SECONDS = 10;
    private static final int SLOTS = WINDOW_SECONDS / SLOT_SECONDS + 1;
    private static final List<String> STATUSES = List.of("200", "401", "429", "500", "503", "504", "529");

    /** Statuses that say nothing of the endpoint: the request is wrong, or its client cancelled it (499). */
    private static final Set<Integer> OF_THE_REQUEST = Set.of(400, 404, 405, 413, 422, 499);

    private final LongSupplier ticker;
    private final AtomicLongArray slotOf = new AtomicLongArray(SLOTS);
    private final AtomicLongArray good = new AtomicLongArray(SLOTS);
    private final AtomicLongArray all = new AtomicLongArray(SLOTS);
    private final MeterSeries series;

    CallMeters(MeterSeries series, LongSupplier ticker) {
        this.series = series;
        this.ticker = ticker;
        series.gauge(
                "claude.api.success.rate",
                "share of API calls answered with 2xx over 5 minutes; 1 when there was none;"
                        + " without wrong requests (400, 404, 405, 413, 422) and cancelled calls (499)",
                this::successRate);
    }

    /** Creates the series of an endpoint, at zero. */
    void begin(String endpoint) {
        STATUSES.forEach(status -> calls(endpoint, "messages", status));
    }

    /**
     * One call to an endpoint ended: {@code claude.api.calls{endpoint,method,status}} and {@code claude.api.latency}. It moves for
     * each attempt, at the end of its stream; {@code status} is the outcome, so a stream that broke is not a 200. A call
     * that was cancelled, because its client had disconnected or another call replied first, is a 499 and does not move the success
     * rate. A call that a circuit breaker has refused is no call.
     */
    public void called(String endpoint, String method, int status, Duration latency) {
        series.timer("claude.api.latency").record(latency);
        if (!OF_THE_REQUEST.contains(status)) {
            tally(status >= 200 && status < 300);
        }
        calls(endpoint, method, Integer.toString(status)).increment();
    }

    /** A call was made again: {@code claude.call.retries}. */
    public void retried() {
        series.counter("claude.call.retries").increment();
    }

    /** A request went on at another endpoint than the one that failed: {@code claude.call.failovers}. */
    public void failedOver() {
        series.counter("claude.call.failovers").increment();
    }

    /** A second call was made beside a call that gave no token for too long: {@code claude.call.hedges}. */
    public void hedged() {
        series.counter("claude.call.hedges").increment();
    }

    /** The second call was the first to answer: {@code claude.call.hedges.won}. */
    public void hedgeWon() {
        series.counter("claude.call.hedges.won").increment();
    }

    private Counter calls(String endpoint, String method, String status) {
        return series.counter("claude.api.calls", "endpoint", endpoint, "method", method, "status", status);
    }

    private void tally(boolean ok) {
        long slot = TimeUnit.NANOSECONDS.toSeconds(ticker.getAsLong()) / SLOT_SECONDS;
        int index = (int) Math.floorMod(slot, (long) SLOTS);
        long held = slotOf.get(index);
        if (held != slot && slotOf.compareAndSet(index, held, slot)) {
            good.set(index, 0);
            all.set(index, 0);
        }
        all.incrementAndGet(index);
        if (ok) {
            good.incrementAndGet(index);
        }
    }

    private double successRate() {
        long now = TimeUnit.NANOSECONDS.toSeconds(ticker.getAsLong()) / SLOT_SECONDS;
        long ok = 0;
        long total = 0;
        for (int i = 0; i < SLOTS; i++) {
            if (now - slotOf.get(i) < SLOTS) {
                ok += good.get(i);
                total += all.get(i);
            }
        }
        return total == 0 ? 1 : (double) ok / total;
    }
}
