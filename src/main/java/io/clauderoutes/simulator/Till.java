package io.clauderoutes.simulator;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts calls and tokens as they happen. It is told before the client can see what is counted, so that whoever has
 * read an answer to its end finds it on the bill.
 */
final class Till {

    private final Map<String, Long> calls = new HashMap<>();
    private final Map<Integer, Long> statuses = new HashMap<>();
    private final Map<String, Long> faults = new HashMap<>();
    private final Map<String, Usage> models = new HashMap<>();
    private Usage tokens = Usage.NONE;
    private long unanswered;
    private long answersBilled;
    private long streamsBegun;
    private long streamsEnded;
    private long streamsCut;

    synchronized void call(String endpoint) {
        calls.merge(endpoint, 1L, Long::sum);
    }

    synchronized void fault(String name) {
        faults.merge(name, 1L, Long::sum);
    }

    synchronized void status(int status) {
        statuses.merge(status, 1L, Long::sum);
    }

    synchronized void unanswered() {
        unanswered++;
    }

    synchronized void streamBegun() {
        streamsBegun++;
    }

    synchronized void streamEnded() {
        streamsEnded++;
    }

    synchronized void streamCut() {
        streamsCut++;
    }

    synchronized void billed(String model, Usage usage) {
        answersBilled++;
        tokens = tokens.plus(usage);
        models.merge(model, usage, Usage::plus);
    }

    synchronized Bill bill() {
        return new Bill(
                calls,
                statuses,
                unanswered,
                faults,
                answersBilled,
                tokens,
                models,
                streamsBegun,
                streamsEnded,
                streamsCut);
    }
}
