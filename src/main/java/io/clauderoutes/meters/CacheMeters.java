package io.clauderoutes.meters;

import java.util.function.Supplier;

/** The reply cache. */
public final class CacheMeters {

    private final MeterSeries series;

    CacheMeters(MeterSeries series) {
        this.series = series;
    }

    /** The cache was asked: {@code claude.cache.requests{result}}, result as in CamelClaudeCacheStatus. */
    public void requested(String result) {
        series.counter("claude.cache.requests", "result", result).increment();
    }

    /** {@code claude.cache.size}: replies remembered. It may count some that have expired and were not swept yet. */
    public void size(Supplier<Number> value) {
        series.gauge("claude.cache.size", "replies remembered", value);
    }

    /** {@code claude.cache.under.way}: requests that identical ones may join. It does not count those that joined. */
    public void underWay(Supplier<Number> value) {
        series.gauge("claude.cache.under.way", "requests that others may join", value);
    }
}
