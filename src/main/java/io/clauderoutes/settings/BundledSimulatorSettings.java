package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Map;

/**
 * {@code claude.simulator.*}: the simulator that replies when no key is set.
 *
 * @param enabled whether it replies then
 */
public record BundledSimulatorSettings(
        boolean enabled,
        int port,
        Duration latency,
        Duration latencyP99,
        double tokensPerSecond,
        Map<String, Double> faults,
        Duration batchDuration) {}
