package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that fails now.
 *
 * @param severity how bad it is
 * @param part that fails, such as {@code endpoint primary}
 * @param kind of the fault, in a few words
 * @param reason in a sentence, without text of prompts and replies
 * @param since empty if it is not known
 * @param remedy what an operator can do
 */
record Problem(
        Severity severity,
        String part,
        String kind,
        String reason,
        Optional<Instant> since,
        FaultCost cost,
        String remedy) {

    /** How bad a problem is. */
    enum Severity {
        ERROR,
        WARNING
    }

    /**
     * What a fault has cost so far.
     *
     * @param failedRequests that failed or were refused since it began
     * @param waiting requests or replies that wait because of it now
     * @param failedCalls calls to an endpoint that failed or wait
     * @param microUsd paid for what failed or waits
     */
    record FaultCost(long failedRequests, long waiting, long failedCalls, long microUsd) {
        static final FaultCost NONE = new FaultCost(0, 0, 0, 0);
    }

    ObjectNode json() {
        ObjectNode node = ConsoleResponse.object();
        node.put("severity", severity == Severity.ERROR ? "error" : "warning")
                .put("part", part)
                .put("kind", kind)
                .put("reason", reason)
                .put("since", since.map(Instant::toString).orElse(null))
                .put("remedy", remedy);
        node.putObject("cost")
                .put("failed_requests", cost.failedRequests())
                .put("waiting", cost.waiting())
                .put("failed_calls", cost.failedCalls())
                .put("micro_usd", cost.microUsd());
        return node;
    }
}
