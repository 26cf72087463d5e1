package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.row.HourSum;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.State;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sums over attempts, kept apart by what became of them: what is estimated or unknown is in no sum of what is known. */
public final class UsageSums {

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

    void add(HourSum sum) {
        HourUsage used = sum.used();
        long written = used.cacheWrite5m() + used.cacheWrite1h();
        switch (sum.state()) {
            case HIT -> hits += sum.attempts();
            case JOINED -> joined += sum.attempts();
            case REJECTED -> rejected += sum.attempts();
            case UNKNOWN -> unknown += sum.attempts();
            case ABORTED -> {
                estimated += sum.attempts();
                estimatedInput += used.input() + used.cacheRead() + written;
                estimatedOutput += used.output();
                estimatedCost += sum.costs().microUsd();
            }
            default -> {
                settled += sum.attempts();
                input += used.input();
                output += used.output();
                cacheRead += used.cacheRead();
                cacheWrite += written;
                cost += sum.costs().microUsd();
                withoutCost += sum.attempts() - sum.costs().attempts();
            }
        }
        if (sum.state() != State.HIT && sum.state() != State.JOINED) {
            attempts += sum.attempts();
            calls += sum.calls();
        }
    }

    /** Names and values, in their order in a response; a value is a number or such a map again. */
    public Map<String, Object> told() {
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
