package io.clauderoutes.meters;

import java.time.Duration;

/** Tools of the model. */
public final class ToolMeters {

    private final MeterSeries series;

    ToolMeters(MeterSeries series) {
        this.series = series;
    }

    /** A tool was called: {@code claude.tool.calls{tool,outcome}} and {@code claude.tool.duration{tool}}. */
    public void called(String name, String outcome, Duration took) {
        String tool = series.tool(name);
        series.counter("claude.tool.calls", "tool", tool, "outcome", outcome).increment();
        series.timer("claude.tool.duration", "tool", tool).record(took);
    }

    /** A request with tools of the bundle ended: {@code claude.tool.rounds} counts its calls of the model. */
    public void rounds(int rounds) {
        series.counter("claude.tool.rounds").increment(rounds);
    }
}
