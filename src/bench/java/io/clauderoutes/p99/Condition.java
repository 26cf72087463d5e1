package io.clauderoutes.p99;

import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Capacity;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.SimulatorSettings;
import java.time.Duration;
import java.util.Map;

/** What the endpoint is like. Each condition adds something to the one before. */
enum Condition {
    QUEUE("the queue alone"),
    SLOW("with a handshake of 150 ms for each new connection and 2 % stragglers that take 5 times as long"),
    BROKEN("with all this and 15 % broken connections");

    /** Slots of one endpoint. */
    static final int SLOTS = 10;
    /** Mean service time, reported. */
    static final Duration MEAN = Duration.ofMillis(1_050);

    private static final double SIGMA = 0.47;
    private static final int MEAN_TOKENS = 420;
    private static final double FIRST_TOKEN_PERCENT = 30;
    private static final double STRAGGLERS = 2;
    private static final double STRAGGLER_FACTOR = 5;
    private static final Duration HANDSHAKE = Duration.ofMillis(150);
    private static final double BROKEN_CONNECTIONS = 15;
    /** A Message Batch takes so long, whatever its size. */
    private static final Duration BATCH = Duration.ofSeconds(10);
    /** A mean reply has about 26 deltas. */
    private static final int DELTA_CHARS = 64;

    private final String title;

    Condition(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /**
     * An endpoint with so many slots.
     *
     * @param factor by which its times are divided
     */
    SimulatorSettings settings(int slots, long seed, int factor) {
        Capacity queue = Capacity.unlimited()
                .withSlots(slots)
                .withReplyTokens(MEAN_TOKENS, SIGMA)
                .withFirstTokenPercent(FIRST_TOKEN_PERCENT);
        int tokensPerSecond = (int) (MEAN_TOKENS * 1_000L * factor / MEAN.toMillis());
        SimulatorSettings settings = SimulatorSettings.instant()
                .withTokensPerSecond(tokensPerSecond)
                .withDeltaChars(DELTA_CHARS)
                .withBatches(BatchRules.instant().withDuration(BATCH.dividedBy(factor)))
                .withRequestsKept(0)
                .withSeed(seed);
        return switch (this) {
            case QUEUE -> settings.withCapacity(queue);
            case SLOW -> settings.withCapacity(slow(queue, factor));
            case BROKEN ->
                settings.withCapacity(slow(queue, factor)).withFaults(Map.of(new Fault.Broken(), BROKEN_CONNECTIONS));
        };
    }

    private static Capacity slow(Capacity queue, int factor) {
        return queue.withStragglers(STRAGGLERS, STRAGGLER_FACTOR).withHandshake(HANDSHAKE.dividedBy(factor));
    }
}
