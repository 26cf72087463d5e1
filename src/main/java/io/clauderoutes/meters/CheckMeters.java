package io.clauderoutes.meters;

/** Checks of replies. */
public final class CheckMeters {

    private final MeterSeries series;

    CheckMeters(MeterSeries series) {
        this.series = series;
    }

    /**
     * A reply was checked by its output schema, or a repair round began: {@code claude.output}, with the tag {@code outcome}: valid,
     * invalid, incomplete or repair.
     */
    public void output(String outcome) {
        series.counter("claude.output", "outcome", outcome).increment();
    }

    /**
     * A reply was checked by a check of {@code claude.checks}: {@code claude.check}, with the tags {@code check} and {@code result}: passed
     * or failed.
     */
    public void checked(String name, String result) {
        series.counter("claude.check", "check", name, "result", result).increment();
    }

    /**
     * A check ended a call before the end of its reply: {@code claude.check.saved.tokens}, with the tag {@code check}. An estimate of the
     * output tokens that were not written: those that were predicted less those of the text so far. It does not move without a prediction,
     * and for replies that no call is made for.
     */
    public void saved(String name, long tokens) {
        series.counter("claude.check.saved.tokens", "check", name).increment((double) tokens);
    }
}
