package io.clauderoutes.meters;

import java.time.Duration;
import java.util.function.Supplier;

/** Batches and their prompts. */
public final class BatchMeters {

    private final MeterSeries series;

    BatchMeters(MeterSeries series) {
        this.series = series;
    }

    /** {@code claude.batch.waiting}: prompts that wait for a batch. It does not count those in one. */
    public void waiting(Supplier<Number> value) {
        series.gauge("claude.batch.waiting", "prompts that wait for a batch", value);
    }

    /** A batch has arrived at an endpoint: {@code claude.batch.sent}, and {@code claude.batch.prompts} by its prompts. */
    public void sent(int prompts) {
        series.counter("claude.batch.sent").increment();
        series.counter("claude.batch.prompts").increment(prompts);
    }

    /** A batch was seen to have ended: {@code claude.batch.duration}, since it was sent. */
    public void ended(Duration took) {
        series.timer("claude.batch.duration").record(took);
    }

    /**
     * Something was done with items of batches: {@code claude.batch.items{result}}. {@code answered} moves when the sinks have the
     * answer, {@code again} when the prompt waits for another batch, {@code errored}, {@code expired}, {@code canceled}, {@code
     * lost}, {@code unreadable} and {@code other} when it goes to the dead letters.
     */
    public void items(String result, int items) {
        series.counter("claude.batch.items", "result", result).increment(items);
    }

    /** A line of results could not be used and was skipped: {@code claude.batch.junk.lines}. */
    public void junkResult() {
        series.counter("claude.batch.junk.lines").increment();
    }

    /** {@code claude.batch.oldest.wait}: seconds that the prompt which waits longest for a batch has waited. */
    public void oldestWait(Supplier<Number> seconds) {
        series.gauge("claude.batch.oldest.wait", "seconds that the oldest prompt has waited for a batch", seconds);
    }
}
