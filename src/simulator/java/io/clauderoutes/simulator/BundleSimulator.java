package io.clauderoutes.simulator;

import io.clauderoutes.bundle.ApiSimulator;
import io.clauderoutes.settings.BundledSimulatorSettings;
import java.net.URI;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** The simulator that a bundle without a key starts, set up by {@code claude.simulator.*}. */
public final class BundleSimulator implements ApiSimulator {

    @Override
    public void check(BundledSimulatorSettings settings) {
        faults(settings.faults());
    }

    @Override
    public Running start(BundledSimulatorSettings settings) {
        Simulator simulator = Simulator.start(
                SimulatorSettings.instant()
                        .withPort(settings.port())
                        .withLatency(
                                settings.speed().latency(), settings.speed().latencyP99())
                        .withTokensPerSecond((int) settings.speed().tokensPerSecond())
                        .withFaults(faults(settings.faults()))
                        .withBatches(BatchRules.instant().withDuration(settings.batchDuration()))
                        .withCapacity(capacity(settings.capacity()))
                        .withRequestsKept(0),
                Clock.systemUTC());
        return new Running() {
            @Override
            public URI url() {
                return simulator.url();
            }

            @Override
            public void close() {
                simulator.close();
            }
        };
    }

    private static Capacity capacity(BundledSimulatorSettings.Capacity settings) {
        return new Capacity(
                settings.slots(),
                settings.replyTokens(),
                settings.replyTokensSigma(),
                settings.firstTokenPercent(),
                settings.stragglerPercent(),
                settings.stragglerFactor(),
                settings.handshake());
    }

    private static Map<Fault, Double> faults(Map<String, Double> percentages) {
        Map<Fault, Double> faults = new HashMap<>();
        try {
            percentages.forEach((name, percent) -> faults.put(Fault.named(name), percent));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException("claude.simulator.faults: " + unknown.getMessage(), unknown);
        }
        return faults;
    }
}
