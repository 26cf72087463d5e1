package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Map;

/** {@code claude.simulator.*}: how the simulator behaves that replies when no key is set. */
public record BundledSimulatorSettings(
        int port,
        Duration latency,
        Duration latencyP99,
        double tokensPerSecond,
        Map<String, Double> faults,
        Duration batchDuration) {}
