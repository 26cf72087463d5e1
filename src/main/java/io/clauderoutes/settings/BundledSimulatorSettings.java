package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Map;

/**
 * {@code claude.simulator.*}: the simulator that replies when no key is set.
 *
 * @param enabled whether it replies then
 */
public record BundledSimulatorSettings(
        boolean enabled, int port, Speed speed, Map<String, Double> faults, Duration batchDuration, Capacity capacity) {
    /** How fast the simulator replies. */
    public record Speed(Duration latency, Duration latencyP99, double tokensPerSecond) {}

    /**
     * How many calls are served at the same time, and how long each of them takes.
     *
     * @param slots calls that are served at the same time; 0 for any number
     * @param replyTokens mean length of replies whose prompt names no length; 0 for a few sentences
     * @param replyTokensSigma standard deviation of the logarithm of these lengths
     * @param firstTokenPercent share of a reply's time that passes before its first token
     * @param stragglerPercent how many of 100 calls take stragglerFactor times as long
     * @param handshake from the opening of a connection until its first request is read
     */
    public record Capacity(
            int slots,
            int replyTokens,
            double replyTokensSigma,
            double firstTokenPercent,
            double stragglerPercent,
            double stragglerFactor,
            Duration handshake) {}
}
