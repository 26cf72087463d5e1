package io.clauderoutes.meters;

import io.micrometer.core.instrument.Tags;
import java.util.function.Supplier;

/** Sinks and replies that wait for them. */
public final class SinkMeters {

    private final MeterSeries series;

    SinkMeters(MeterSeries series) {
        this.series = series;
    }

    /** Creates the series of a sink, at zero. */
    public void messages(String sink) {
        series.counter("claude.sink.messages", "sink", sink, "result", "taken");
        series.counter("claude.sink.messages", "sink", sink, "result", "failed");
    }

    /** A sink took or did not take an answer or a chunk, after all its tries: {@code claude.sink.messages{sink,result}}. */
    public void messages(String sink, boolean taken) {
        series.counter("claude.sink.messages", "sink", sink, "result", taken ? "taken" : "failed")
                .increment();
    }

    /** {@code claude.sink.failing{sink}}: 1 from a message that the sink did not take to the next that it takes. */
    public void failing(String sink, Supplier<Number> value) {
        series.gauge("claude.sink.failing", "1 while the sink takes no messages", Tags.of("sink", sink), value);
    }

    /** {@code claude.undelivered.replies}: replies that are kept because their sink did not take them. */
    public void undelivered(Supplier<Number> value) {
        series.gauge("claude.undelivered.replies", "replies that are kept for their sinks", value);
    }

    /** {@code claude.undelivered.oldest.wait}: seconds that the reply which is kept longest waits for its sink. */
    public void oldestWait(Supplier<Number> seconds) {
        series.gauge(
                "claude.undelivered.oldest.wait", "seconds that the oldest kept reply waits for its sink", seconds);
    }
}
