package io.clauderoutes.simulator;

import java.time.Duration;
import java.util.SplittableRandom;

/** The time to the first byte: log-normal, as measured latencies mostly are, given by two of its percentiles. */
final class Latency {

    /** The standard normal distribution has 99 % of its mass below this. */
    private static final double NORMAL_P99 = 2.326347874;

    private final double medianMillis;
    private final double sigma;

    Latency(Duration median, Duration p99) {
        this.medianMillis = median.toNanos() / 1e6;
        this.sigma = p99.compareTo(median) > 0 ? Math.log(p99.toNanos() / (double) median.toNanos()) / NORMAL_P99 : 0;
    }

    Duration next(SplittableRandom random) {
        if (medianMillis == 0) {
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) (medianMillis * Math.exp(sigma * random.nextGaussian()) * 1e6));
    }
}
