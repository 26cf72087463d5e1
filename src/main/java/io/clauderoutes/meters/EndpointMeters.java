package io.clauderoutes.meters;

import io.micrometer.core.instrument.Tags;
import java.util.function.Supplier;

/** The state of each endpoint. */
public final class EndpointMeters {

    private final MeterSeries series;

    EndpointMeters(MeterSeries series) {
        this.series = series;
    }

    /** {@code claude.breaker.state{endpoint}}: 0 closed, 1 open, 2 half open. It moves with the endpoint's failures only. */
    public void breaker(String endpoint, Supplier<Number> state) {
        series.gauge("claude.breaker.state", "0 closed, 1 open, 2 half open", Tags.of("endpoint", endpoint), state);
    }

    /** {@code claude.endpoint.state{endpoint}}: 0 in, 1 slow start, 2 out. It moves with calls and with probes. */
    public void state(String endpoint, Supplier<Number> state) {
        series.gauge("claude.endpoint.state", "0 in, 1 slow start, 2 out", Tags.of("endpoint", endpoint), state);
    }

    /**
     * {@code claude.endpoint.quota.left{endpoint}}: the smallest share of any of its limits that is left, from 0 to 1, as we count
     * and as the endpoint told. It stays 1 where there is no limit.
     */
    public void quotaLeft(String endpoint, Supplier<Number> share) {
        series.gauge(
                "claude.endpoint.quota.left",
                "share of the scarcest limit that is left",
                Tags.of("endpoint", endpoint),
                share);
    }

    /** {@code claude.endpoint.time.to.first.token{endpoint}}: moving average in seconds, of streams only; 0 before the first. */
    public void timeToFirstToken(String endpoint, Supplier<Number> seconds) {
        series.gauge(
                "claude.endpoint.time.to.first.token",
                "moving average in seconds",
                Tags.of("endpoint", endpoint),
                seconds);
    }

    /**
     * {@code claude.endpoint.concurrency.limit{endpoint}}: calls that may be in flight, 0 without a limit, and
     * {@code claude.endpoint.concurrency.waiting{endpoint}}: calls that wait for one of them to end.
     */
    public void concurrency(String endpoint, Supplier<Number> limit, Supplier<Number> waiting) {
        Tags tags = Tags.of("endpoint", endpoint);
        series.gauge(
                "claude.endpoint.concurrency.limit", "calls that may be in flight; 0 without a limit", tags, limit);
        series.gauge("claude.endpoint.concurrency.waiting", "calls that wait for another to end", tags, waiting);
    }

    /**
     * {@code claude.endpoint.oldest.wait{endpoint}}: seconds that the request which waits longest for the quota or for another call to end
     * has waited.
     */
    public void oldestWait(String endpoint, Supplier<Number> seconds) {
        series.gauge(
                "claude.endpoint.oldest.wait",
                "seconds that the oldest request has waited for the quota or for another call to end",
                Tags.of("endpoint", endpoint),
                seconds);
    }
}
