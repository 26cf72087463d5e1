package io.clauderoutes.p99;

import java.util.ArrayList;
import java.util.List;

/**
 * What one run of a cell gave, or several runs together.
 *
 * @param sent requests, those outside of the measured part included
 * @param bill what the endpoints counted for these
 * @param others largest share of the machine that other processes had during a run
 */
record Result(Samples samples, long sent, Bill bill, double others) {

    Result plus(Result other) {
        List<Sample> all = new ArrayList<>(samples.all());
        all.addAll(other.samples.all());
        return new Result(new Samples(all), sent + other.sent, bill.plus(other.bill), Math.max(others, other.others));
    }

    double callsPerRequest() {
        return (double) bill.calls() / Math.max(1, sent);
    }

    double tokensPerRequest() {
        return (double) bill.tokens() / Math.max(1, sent);
    }

    /** Share of the requests that failed, in percent. */
    double failedPercent() {
        return samples.failed() * 100.0 / Math.max(1, samples.size());
    }
}
