package io.clauderoutes.meters;

import java.util.function.Supplier;

/** Replies while they are read: chunks, redaction and predictions. */
public final class ReplyMeters {

    private final MeterSeries series;

    ReplyMeters(MeterSeries series) {
        this.series = series;
    }

    /** A frame of a stream could not be read: {@code claude.split.junk.frames}. */
    public void junkFrame() {
        series.counter("claude.split.junk.frames").increment();
    }

    /** Something was replaced: {@code claude.redact.replaced{kind}}. It does not tell by how many characters. */
    public void redacted(String kind, long times) {
        series.counter("claude.redact.replaced", "kind", kind).increment((double) times);
    }

    /**
     * A request with the strategy {@code auto} was answered: {@code claude.split.strategy{mode,reason}}. A reply that came without a call
     * moves nothing.
     */
    public void strategy(String mode, String reason) {
        series.counter("claude.split.strategy", "mode", mode, "reason", reason).increment();
    }

    /** {@code claude.prediction.samples}: replies that the predictions have learned from, those before a restart included. */
    public void predictions(Supplier<Number> value) {
        series.gauge("claude.prediction.samples", "replies that the predictions have learned from", value);
    }
}
