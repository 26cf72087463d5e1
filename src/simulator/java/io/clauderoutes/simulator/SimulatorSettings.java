package io.clauderoutes.simulator;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * How the simulator behaves. Zero means "no such thing" throughout: no latency, no speed limit, no rate limit.
 *
 * @param port 0 for any free port
 * @param latencyMedian half of all calls have their first byte by then
 * @param latencyP99 99 of 100 calls have their first byte by then; zero for the median itself
 * @param tokensPerSecond how fast one answer is written
 * @param deltaChars how many characters one delta of a stream carries
 * @param requestsPerMinute from all clients together
 * @param inputTokensPerMinute tokens read from the prompt cache are not counted
 * @param outputTokensPerMinute as written, whatever {@code max_tokens} says
 * @param acceptedKeys empty for any key
 * @param faultPercentages how many of 100 calls meet each fault
 * @param seed of latencies and of faults; the same calls in the same order meet the same ones
 * @param requestsKept how many of the last requests can be looked at afterwards
 * @param tokens which tokens it gives out and takes
 * @param batches how long batches take, and how many of their items fail
 * @param capacity how many calls are served at the same time, and how long each of them takes
 */
public record SimulatorSettings(
        int port,
        Duration latencyMedian,
        Duration latencyP99,
        int tokensPerSecond,
        int deltaChars,
        int requestsPerMinute,
        int inputTokensPerMinute,
        int outputTokensPerMinute,
        Set<String> acceptedKeys,
        Map<Fault, Double> faultPercentages,
        long seed,
        int requestsKept,
        TokenRules tokens,
        BatchRules batches,
        Capacity capacity) {

    private static final int LAST_PORT = 65_535;
    private static final double ALL = 100.0;

    public SimulatorSettings {
        acceptedKeys = Set.copyOf(acceptedKeys);
        faultPercentages = inOrder(faultPercentages);
        if (port < 0 || port > LAST_PORT) {
            throw new IllegalArgumentException("port must be from 0 (any free one) to 65535, but is " + port);
        }
        notNegative("latencyMedian", latencyMedian);
        notNegative("latencyP99", latencyP99);
        notNegative("tokensPerSecond", tokensPerSecond);
        notNegative("requestsPerMinute", requestsPerMinute);
        notNegative("inputTokensPerMinute", inputTokensPerMinute);
        notNegative("outputTokensPerMinute", outputTokensPerMinute);
        notNegative("requestsKept", requestsKept);
        if (!latencyP99.isZero() && latencyP99.compareTo(latencyMedian) < 0) {
            throw new IllegalArgumentException(
                    "latencyP99 must not be below latencyMedian, but " + latencyP99 + " is below " + latencyMedian);
        }
        if (latencyMedian.isZero() && !latencyP99.isZero()) {
            throw new IllegalArgumentException(
                    "latencyMedian must be above zero when latencyP99 is, but latencyP99 is " + latencyP99);
        }
        if (deltaChars < 1) {
            throw new IllegalArgumentException("deltaChars must be at least 1, but is " + deltaChars);
        }
        if (acceptedKeys.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("acceptedKeys must not contain a blank key");
        }
        double sum = 0;
        for (Map.Entry<Fault, Double> share : faultPercentages.entrySet()) {
            double percent = share.getValue();
            if (!(percent >= 0 && percent <= ALL)) {
                throw new IllegalArgumentException("the percentage of the fault "
                        + share.getKey().name() + " must be from 0 to 100, but is " + percent);
            }
            sum += percent;
        }
        if (sum > ALL) {
            throw new IllegalArgumentException(
                    "the percentages of all faults together must not exceed 100, but are " + sum);
        }
    }

    /** Answers as fast as it can, on any free port, without limits or faults: for tests and for load. */
    public static SimulatorSettings instant() {
        return new SimulatorSettings(
                0,
                Duration.ZERO,
                Duration.ZERO,
                0,
                16,
                0,
                0,
                0,
                Set.of(),
                Map.of(),
                1,
                1_000,
                TokenRules.usual(),
                BatchRules.instant(),
                Capacity.unlimited());
    }

    /** Takes its time as a model does, so that an answer can be watched as it grows. */
    public static SimulatorSettings lifelike() {
        return instant()
                .withLatency(Duration.ofMillis(400), Duration.ofMillis(1_500))
                .withTokensPerSecond(80)
                .withLimits(1_000, 2_000_000, 400_000);
    }

    public SimulatorSettings withPort(int value) {
        return with(draft -> draft.port = value);
    }

    public SimulatorSettings withLatency(Duration median, Duration p99) {
        return with(draft -> {
            draft.latencyMedian = median;
            draft.latencyP99 = p99;
        });
    }

    public SimulatorSettings withTokensPerSecond(int value) {
        return with(draft -> draft.tokensPerSecond = value);
    }

    public SimulatorSettings withDeltaChars(int value) {
        return with(draft -> draft.deltaChars = value);
    }

    public SimulatorSettings withLimits(int requests, int inputTokens, int outputTokens) {
        return with(draft -> {
            draft.requestsPerMinute = requests;
            draft.inputTokensPerMinute = inputTokens;
            draft.outputTokensPerMinute = outputTokens;
        });
    }

    public SimulatorSettings withAcceptedKeys(Set<String> value) {
        return with(draft -> draft.acceptedKeys = value);
    }

    public SimulatorSettings withFaults(Map<Fault, Double> percentages) {
        return with(draft -> draft.faultPercentages = percentages);
    }

    public SimulatorSettings withSeed(long value) {
        return with(draft -> draft.seed = value);
    }

    public SimulatorSettings withRequestsKept(int value) {
        return with(draft -> draft.requestsKept = value);
    }

    public SimulatorSettings withTokens(TokenRules value) {
        return with(draft -> draft.tokens = value);
    }

    public SimulatorSettings withCapacity(Capacity value) {
        return with(draft -> draft.capacity = value);
    }

    public SimulatorSettings withBatches(BatchRules value) {
        return with(draft -> draft.batches = value);
    }

    private SimulatorSettings with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** All of them while some are being changed. */
    private static final class Draft {
        private int port;
        private Duration latencyMedian;
        private Duration latencyP99;
        private int tokensPerSecond;
        private int deltaChars;
        private int requestsPerMinute;
        private int inputTokensPerMinute;
        private int outputTokensPerMinute;
        private Set<String> acceptedKeys;
        private Map<Fault, Double> faultPercentages;
        private long seed;
        private int requestsKept;
        private TokenRules tokens;
        private BatchRules batches;
        private Capacity capacity;

        Draft(SimulatorSettings from) {
            port = from.port;
            latencyMedian = from.latencyMedian;
            latencyP99 = from.latencyP99;
            tokensPerSecond = from.tokensPerSecond;
            deltaChars = from.deltaChars;
            requestsPerMinute = from.requestsPerMinute;
            inputTokensPerMinute = from.inputTokensPerMinute;
            outputTokensPerMinute = from.outputTokensPerMinute;
            acceptedKeys = from.acceptedKeys;
            faultPercentages = from.faultPercentages;
            seed = from.seed;
            requestsKept = from.requestsKept;
            tokens = from.tokens;
            batches = from.batches;
            capacity = from.capacity;
        }

        SimulatorSettings settings() {
            return new SimulatorSettings(
                    port,
                    latencyMedian,
                    latencyP99,
                    tokensPerSecond,
                    deltaChars,
                    requestsPerMinute,
                    inputTokensPerMinute,
                    outputTokensPerMinute,
                    acceptedKeys,
                    faultPercentages,
                    seed,
                    requestsKept,
                    tokens,
                    batches,
                    capacity);
        }
    }

    /** Says how many keys there are, and none of them. */
    @Override
    public String toString() {
        return "SimulatorSettings[port=" + port + ", latencyMedian=" + latencyMedian + ", latencyP99=" + latencyP99
                + ", tokensPerSecond=" + tokensPerSecond + ", deltaChars=" + deltaChars + ", requestsPerMinute="
                + requestsPerMinute + ", inputTokensPerMinute=" + inputTokensPerMinute + ", outputTokensPerMinute="
                + outputTokensPerMinute + ", acceptedKeys=" + acceptedKeys.size() + " keys, faultPercentages="
                + faultPercentages + ", seed=" + seed + ", requestsKept=" + requestsKept + ", tokens=" + tokens
                + ", batches=" + batches + ", capacity=" + capacity
                + "]";
    }

    /** Chance goes through the faults one by one, so their order must not be that of a hash. */
    private static Map<Fault, Double> inOrder(Map<Fault, Double> percentages) {
        Map<Fault, Double> sorted = new TreeMap<>(Comparator.comparing(Fault::toString));
        sorted.putAll(percentages);
        return Collections.unmodifiableMap(new LinkedHashMap<>(sorted));
    }

    private static void notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value);
        }
    }

    private static void notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative (0 for none), but is " + value);
        }
    }
}
