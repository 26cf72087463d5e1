package io.clauderoutes.ledger;

import java.util.LinkedHashMap;
import java.util.Map;

/** Sums over attempts, kept apart by what became of them: what is estimated or unknown is in no sum of what is known. */
final class UsageSums {

    private long attempts;
    private long calls;
    private long settled;
    private long input;
    private long output;
    private long cacheRead;
    private long cacheWrite;
    private long cost;
    private long withoutCost;
    private long estimated;
    private long estimatedInput;
    private long estimatedOutput;
    private long estimatedCost;
    private long unknown;
    private long rejected;
    private long hits;
    private long joined;

    /** Attempts of one state, with the sums of what is known of them. */
    record Part(
            State state,
            long attempts,
            long calls,
            long input,
            long output,
            long cacheRead,
            long cacheWrite,
            long cost,
            long withCost) {}

    void add(Part part) {
        switch (part.state()) {
            case HIT -> hits += part.attempts();
            case JOINED -> joined += part.attempts();
            case REJECTED -> rejected += part.attempts();
            case UNKNOWN -> unknown += part.attempts();
            case ABORTED -> {
                estimated += part.attempts();
                estimatedInput += part.input() + part.cacheRead() + part.cacheWrite();
                estimatedOutput += part.output();
                estimatedCost += part.cost();
            }
            default -> {
                settled += part.attempts();
                input += part.input();
                output += part.output();
                cacheRead += part.cacheRead();
                cacheWrite += part.cacheWrite();
                cost += part.cost();
                withoutCost += part.attempts() - part.withCost();
            }
        }
        if (part.state() != State.HIT && part.state() != State.JOINED) {
            attempts += part.attempts();
            calls += part.calls();
        }
    }

    /** Names and values, in the order in which they are told; a value is a number or such a map again. */
    Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("attempts", attempts);
        told.put("calls", calls);
        told.put("settled", settled);
        told.put("input_tokens", input);
        told.put("output_tokens", output);
        told.put("cache_read_input_tokens", cacheRead);
        told.put("cache_creation_input_tokens", cacheWrite);
        told.put("cost_micro_usd", cost);
        told.put("settled_without_cost", withoutCost);
        Map<String, Object> guessed = new LinkedHashMap<>();
        guessed.put("attempts", estimated);
        guessed.put("input_tokens", estimatedInput);
        guessed.put("output_tokens", estimatedOutput);
        guessed.put("cost_micro_usd", estimatedCost);
        told.put("estimated", guessed);
        told.put("unknown", Map.of("attempts", unknown));
        told.put("rejected", Map.of("attempts", rejected));
        told.put("cache_hits", hits);
        told.put("joined", joined);
        return told;
    }
}
