package io.clauderoutes.sidebyside;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What one cell gave over all rounds: one way, one load, so many callers. */
final class Result {

    private static final double NANOS = 1e9;
    private static final double MICRO = 1e3;
    private static final double MILLI = 1e6;

    private final Tally tally = new Tally();
    private final List<Double> rates = new ArrayList<>();
    private long nanos;
    private long cpu;
    private long clientCpu;
    private long upstreamCpu;
    private long calls;
    private long upstreamCalls;

    /** Processor time in nanoseconds that was spent while a cell was measured. */
    record Cpu(long contender, long client, long upstream) {}

    /**
     * Adds a round.
     *
     * @param upstreamCalls how many of the round's calls reached the upstream
     */
    void add(LoadClient.Run run, Cpu spent, long upstreamCalls) {
        tally.add(run.tally());
        rates.add(run.tally().whole().getTotalCount() * NANOS / run.nanos());
        nanos += run.nanos();
        cpu += spent.contender();
        clientCpu += spent.client();
        upstreamCpu += spent.upstream();
        calls += run.calls();
        this.upstreamCalls += upstreamCalls;
    }

    Tally tally() {
        return tally;
    }

    /** Good answers per second. */
    double rate() {
        return tally.whole().getTotalCount() * NANOS / nanos;
    }

    double slowestRound() {
        return rates.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    double fastestRound() {
        return rates.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** Processor time of the process under test for one call. */
    double cpuMicrosPerCall() {
        return cpu / MICRO / Math.max(1, tally.whole().getTotalCount());
    }

    /** Share of one core that the callers' process took. */
    double clientCpu() {
        return (double) clientCpu / nanos;
    }

    /** Share of one core that the upstream took. */
    double upstreamCpu() {
        return (double) upstreamCpu / nanos;
    }

    long calls() {
        return calls;
    }

    long upstreamCalls() {
        return upstreamCalls;
    }

    /** A percentile in milliseconds. */
    static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / MILLI;
    }
}
