package io.clauderoutes.meters;

import io.micrometer.core.instrument.Tags;
import java.util.function.Supplier;

/** Sources and their messages. */
public final class SourceMeters {

    private final MeterSeries series;

    SourceMeters(MeterSeries series) {
        this.series = series;
    }

    /** {@code claude.source.paused{source,reason}}: 1 while the source is paused for this reason. */
    public void paused(String source, String reason, Supplier<Number> value) {
        series.gauge(
                "claude.source.paused",
                "1 while the source is paused",
                Tags.of("source", source, "reason", reason),
                value);
    }

    /** A message was skipped because it was answered before: {@code claude.source.duplicates{source}}. */
    public void duplicate(String source) {
        series.counter("claude.source.duplicates", "source", source).increment();
    }

    /** Prompts went to the dead letters of their source: {@code claude.dead.letters{source}}. */
    public void deadLetters(String source, int prompts) {
        series.counter("claude.dead.letters", "source", source).increment(prompts);
    }

    /** {@code claude.source.oldest.wait{source}}: seconds that the message which waits longest at a paused source has waited. */
    public void oldestWait(String source, Supplier<Number> seconds) {
        series.gauge(
                "claude.source.oldest.wait",
                "seconds that the oldest message has waited at the paused source",
                Tags.of("source", source),
                seconds);
    }
}
