package io.clauderoutes.console;

import io.clauderoutes.call.Endpoints;
import io.clauderoutes.credential.Credentials;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.request.FailureLog;
import io.clauderoutes.request.RequestsInProgress;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.source.SourceGates;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the state of now is read from.
 *
 * @param ledger empty if it is off
 * @param more that has no part of its own
 */
public record NowParts(
        Endpoints endpoints,
        Credentials credentials,
        Optional<Ledger> ledger,
        Traffic traffic,
        More more,
        Clock clock,
        LongSupplier ticker) {
    /** States of what prompts pass through. */
    public record Traffic(SinkStates sinks, SourceGates sources, RequestsInProgress requests, FailureLog failures) {}

    /**
     * Other states.
     *
     * @param undelivered replies that are stored for their sinks
     * @param batchTrouble why prompts for batches cannot be stored
     * @param batches prompts of batches by state, and the last batches
     * @param notices further details of health, by name
     * @param sinkNames names of {@code claude.sinks}
     * @param traceUrl of a page with a trace; empty text if there is none
     * @param spentMicroUsd cost of all calls since the start
     */
    public record More(
            LongSupplier undelivered,
            Supplier<Optional<String>> batchTrouble,
            Supplier<Map<String, Object>> batches,
            Supplier<Map<String, String>> notices,
            Set<String> sinkNames,
            String traceUrl,
            LongSupplier spentMicroUsd) {}
}
