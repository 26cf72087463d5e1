package io.clauderoutes.meters;

import java.time.Duration;
import java.util.function.Supplier;

/** Permits and requests that wait for them. */
public final class ThrottleMeters {

    private final MeterSeries series;

    ThrottleMeters(MeterSeries series) {
        this.series = series;
    }

    /** {@code claude.throttle.oldest.wait}: seconds that the request which waits longest for a permit has waited; 0 without one. */
    public void oldestWait(Supplier<Number> seconds) {
        series.gauge("claude.throttle.oldest.wait", "seconds that the oldest waiting request has waited", seconds);
    }

    /** A request waited for its permit: {@code claude.throttle.wait}. */
    public void waited(Duration wait) {
        series.timer("claude.throttle.wait").record(wait);
    }

    /** A request got no permit in time: {@code claude.throttle.rejected}. */
    public void rejected() {
        series.counter("claude.throttle.rejected").increment();
    }

    /** {@code claude.throttle.in.flight}: requests at work, from their turn to the end of their stream. */
    public void inFlight(Supplier<Number> value) {
        series.gauge("claude.throttle.in.flight", "requests at work", value);
    }

    /** {@code claude.throttle.waiting}: requests that wait for a permit. */
    public void waiting(Supplier<Number> value) {
        series.gauge("claude.throttle.waiting", "requests that wait for a permit", value);
    }

    /** {@code claude.throttle.waiting.tenants}: tenants with a request that waits for a permit. */
    public void tenantsWaiting(Supplier<Number> value) {
        series.gauge("claude.throttle.waiting.tenants", "tenants with a request that waits for a permit", value);
    }

    /**
     * A request got a permit after a wait: {@code claude.throttle.queued.tokens{tenant}} grows by the tokens that its reply is expected to
     * have. Tenants that wait all the time get the same number.
     */
    public void queuedTokens(String tenant, long tokens) {
        series.counter("claude.throttle.queued.tokens", "tenant", series.tenant(tenant))
                .increment((double) tokens);
    }
}
