package io.clauderoutes.simulator;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How the simulator behaves. Zero means "no such thing" throughout: no latency, no speed limit, no rate limit.
 *
 * @param port 0 for any free port
 * @param acceptedKeys empty for any key
 * @param requestsKept how many of the last requests can be looked at afterwards
 */
public record SimulatorSettings(
        int port, Speed speed, Rates rates, Set<String> acceptedKeys, Chance chance, int requestsKept, Rules rules) {
    /**
     * How fast replies are written.
     *
     * @param latencyMedian half of all calls have their first byte by then
     * @param latencyP99 99 of 100 calls have their first byte by then; zero for the median itself
     * @param tokensPerSecond how fast one answer is written
     * @param deltaChars how many characters one delta of a stream carries
     */
    public record Speed(Duration latencyMedian, Duration latencyP99, int tokensPerSecond, int deltaChars) {
        public Speed {
            notNegative("latencyMedian", latencyMedian);
            notNegative("latencyP99", latencyP99);
            notNegative("tokensPerSecond", tokensPerSecond);
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
        }
    }

    /**
     * Limits of all clients together, in a minute.
     *
     * @param requestsPerMinute from all clients together
     * @param inputTokensPerMinute tokens read from the prompt cache are not counted
     * @param outputTokensPerMinute as written, whatever {@code max_tokens} says
     */
    public record Rates(int requestsPerMinute, int inputTokensPerMinute, int outputTokensPerMinute) {
        public Rates {
            notNegative("requestsPerMinute", requestsPerMinute);
            notNegative("inputTokensPerMinute", inputTokensPerMinute);
            notNegative("outputTokensPerMinute", outputTokensPerMinute);
        }
    }

    /**
     * Random faults and their seed.
     *
     * @param faultPercentages how many of 100 calls meet each fault
     * @param seed of latencies and of faults; the same calls in the same order meet the same ones
     */
    public record Chance(Map<Fault, Double> faultPercentages, long seed) {
        public Chance {
            faultPercentages = inOrder(faultPercentages);
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
    }

    /**
     * Rules of tokens, batches and capacity.
     *
     * @param tokens which tokens it gives out and takes
     * @param batches how long batches take, and how many of their items fail
     * @param capacity how many calls are served at the same time, and how long each of them takes
     */
    public record Rules(TokenRules tokens, BatchRules batches, Capacity capacity) {}

    private static final int LAST_PORT = 65_535;
    private static final double ALL = 100.0;

    public SimulatorSettings {
        acceptedKeys = Set.copyOf(acceptedKeys);
        if (port < 0 || port > LAST_PORT) {
            throw new IllegalArgumentException("port must be from 0 (any free one) to 65535, but is " + port);
        }
        notNegative("requestsKept", requestsKept);
        if (acceptedKeys.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("acceptedKeys must not contain a blank key");
        }
    }

    /** Answers as fast as it can, on any free port, without limits or faults: for tests and for load. */
    public static SimulatorSettings instant() {
        return new SimulatorSettings(
                0,
                new Speed(Duration.ZERO, Duration.ZERO, 0, 16),
                new Rates(0, 0, 0),
                Set.of(),
                new Chance(Map.of(), 1),
                1_000,
                new Rules(TokenRules.usual(), BatchRules.instant(), Capacity.unlimited()));
    }

    /** Takes its time as a model does, so that an answer can be watched as it grows. */
    public static SimulatorSettings lifelike() {
        return instant()
                .withLatency(Duration.ofMillis(400), Duration.ofMillis(1_500))
                .withTokensPerSecond(80)
                .withLimits(1_000, 2_000_000, 400_000);
    }

    public SimulatorSettings withPort(int value) {
        return new SimulatorSettings(value, speed, rates, acceptedKeys, chance, requestsKept, rules);
    }

    public SimulatorSettings withLatency(Duration median, Duration p99) {
        return with(new Speed(median, p99, speed.tokensPerSecond(), speed.deltaChars()));
    }

    public SimulatorSettings withTokensPerSecond(int value) {
        return with(new Speed(speed.latencyMedian(), speed.latencyP99(), value, speed.deltaChars()));
    }

    public SimulatorSettings withDeltaChars(int value) {
        return with(new Speed(speed.latencyMedian(), speed.latencyP99(), speed.tokensPerSecond(), value));
    }

    private SimulatorSettings with(Speed value) {
        return new SimulatorSettings(port, value, rates, acceptedKeys, chance, requestsKept, rules);
    }

    public SimulatorSettings withLimits(int requests, int inputTokens, int outputTokens) {
        Rates value = new Rates(requests, inputTokens, outputTokens);
        return new SimulatorSettings(port, speed, value, acceptedKeys, chance, requestsKept, rules);
    }

    public SimulatorSettings withAcceptedKeys(Set<String> value) {
        return new SimulatorSettings(port, speed, rates, value, chance, requestsKept, rules);
    }

    public SimulatorSettings withFaults(Map<Fault, Double> percentages) {
        return with(new Chance(percentages, chance.seed()));
    }

    public SimulatorSettings withSeed(long value) {
        return with(new Chance(chance.faultPercentages(), value));
    }

    private SimulatorSettings with(Chance value) {
        return new SimulatorSettings(port, speed, rates, acceptedKeys, value, requestsKept, rules);
    }

    public SimulatorSettings withRequestsKept(int value) {
        return new SimulatorSettings(port, speed, rates, acceptedKeys, chance, value, rules);
    }

    public SimulatorSettings withTokens(TokenRules value) {
        return with(new Rules(value, rules.batches(), rules.capacity()));
    }

    public SimulatorSettings withCapacity(Capacity value) {
        return with(new Rules(rules.tokens(), rules.batches(), value));
    }

    public SimulatorSettings withBatches(BatchRules value) {
        return with(new Rules(rules.tokens(), value, rules.capacity()));
    }

    private SimulatorSettings with(Rules value) {
        return new SimulatorSettings(port, speed, rates, acceptedKeys, chance, requestsKept, value);
    }

    /** Says how many keys there are, and none of them. */
    @Override
    public String toString() {
        return "SimulatorSettings[port=" + port + ", latencyMedian=" + speed.latencyMedian() + ", latencyP99="
                + speed.latencyP99()
                + ", tokensPerSecond=" + speed.tokensPerSecond() + ", deltaChars=" + speed.deltaChars()
                + ", requestsPerMinute="
                + rates.requestsPerMinute() + ", inputTokensPerMinute=" + rates.inputTokensPerMinute()
                + ", outputTokensPerMinute="
                + rates.outputTokensPerMinute() + ", acceptedKeys=" + acceptedKeys.size() + " keys, faultPercentages="
                + chance.faultPercentages() + ", seed=" + chance.seed() + ", requestsKept=" + requestsKept + ", tokens="
                + rules.tokens()
                + ", batches=" + rules.batches() + ", capacity=" + rules.capacity()
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
