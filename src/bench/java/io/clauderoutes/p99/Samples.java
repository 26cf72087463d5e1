package io.clauderoutes.p99;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The requests of a cell. A request that failed, or that was not finished, took for ever: it makes each percentile worse, never better.
 */
final class Samples {

    private static final double PERCENT = 100;

    private final List<Sample> all = new ArrayList<>();

    Samples(Collection<Sample> all) {
        this.all.addAll(all);
    }

    int size() {
        return all.size();
    }

    List<Sample> all() {
        return all;
    }

    long failed() {
        return all.stream().filter(Sample::isFailed).count();
    }

    long unfinished() {
        return all.stream().filter(Sample::isUnfinished).count();
    }

    /** The age of the oldest request that was not finished, in microseconds; 0 if there is none. */
    long oldest() {
        return all.stream()
                .filter(Sample::isUnfinished)
                .mapToLong(Sample::age)
                .max()
                .orElse(0);
    }

    /**
     * The smallest time within which so many of 100 requests had it; {@link Sample#NEVER} if fewer ever had.
     *
     * @param which time of a request
     */
    long percentile(double percent, ToLongFunction<Sample> which) {
        return percentile(all, percent, which);
    }

    /** The largest percentile of the complete reply that one client has. */
    long worstClient(double percent) {
        Map<Integer, List<Sample>> clients = all.stream().collect(Collectors.groupingBy(Sample::client));
        return clients.values().stream()
                .mapToLong(own -> percentile(own, percent, Sample::complete))
                .max()
                .orElse(Sample.NEVER);
    }

    private static long percentile(List<Sample> samples, double percent, ToLongFunction<Sample> which) {
        long[] sorted = samples.stream().mapToLong(which).sorted().toArray();
        if (sorted.length == 0) {
            return Sample.NEVER;
        }
        int rank = (int) Math.ceil(percent / PERCENT * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }
}
