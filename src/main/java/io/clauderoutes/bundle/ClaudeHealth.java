package io.clauderoutes.bundle;

import io.clauderoutes.call.Endpoints;
import io.clauderoutes.credential.Credentials;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.source.SourceGates;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Ready from the end of the start to the beginning of the stop, while requests can be served: an endpoint takes calls and our
 * credential, and the ledger does not refuse calls. Failing sinks and paused sources are details: clients are served all the same.
 */
final class ClaudeHealth extends AbstractHealthCheck {

    private final Endpoints endpoints;
    private final Credentials credentials;
    private final Optional<Ledger> ledger;
    private final Details details;
    private final Clock clock;
    private volatile boolean started;
    private volatile boolean stopping;

    /**
     * What is reported and does not decide whether the bundle is ready.
     *
     * @param batchTrouble why prompts for batches cannot be stored
     * @param undelivered how many replies are stored for their sinks
     * @param notices further details by name
     */
    record Details(
            Supplier<Optional<String>> batchTrouble,
            SinkStates sinks,
            SourceGates sources,
            LongSupplier undelivered,
            Supplier<Map<String, String>> notices) {}

    ClaudeHealth(Endpoints endpoints, Credentials credentials, Optional<Ledger> ledger, Details details, Clock clock) {
        super("claude", "endpoints");
        this.endpoints = endpoints;
        this.credentials = credentials;
        this.ledger = ledger;
        this.details = details;
        this.clock = clock;
    }

    /** The HTTP servers have started. */
    void started() {
        started = true;
    }

    /** No new requests are accepted. */
    void stopping() {
        stopping = true;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        for (String name : endpoints.names()) {
            builder.detail("endpoint." + name, endpoints.state(name));
        }
        credentials
                .all()
                .forEach((name, credential) ->
                        builder.detail("credential." + name, credential.health().detail()));
        endpoints
                .refusals()
                .forEach((endpoint, refused) -> builder.detail(
                        "credential." + refused.credential(),
                        "refused by endpoint " + endpoint + " (401) since "
                                + clock.instant().minus(refused.lasting()).truncatedTo(ChronoUnit.SECONDS)
                                + ", "
                                + credentials
                                        .all()
                                        .get(refused.credential())
                                        .health()
                                        .detail()
                                + ": check claude.credentials." + refused.credential()));
        ledger.ifPresent(openLedger ->
                openLedger.spentBudgets().forEach((tenant, reason) -> builder.detail("budget." + tenant, reason)));
        Optional<String> refusal = ledger.flatMap(Ledger::refusal);
        ledger.flatMap(Ledger::trouble).ifPresent(reason -> builder.detail("ledger", "cannot be written: " + reason));
        details.batchTrouble().get().ifPresent(reason -> builder.detail("batches", "cannot go on: " + reason));
        details.sinks()
                .failing()
                .forEach((name, sink) ->
                        builder.detail("sink." + name, "fails since " + sink.since() + ": " + sink.reason()));
        details.sources()
                .paused()
                .forEach((name, pause) -> builder.detail(
                        "source." + name,
                        "paused since " + pause.since() + " (" + pause.kind() + "): " + pause.reason()));
        if (details.undelivered().getAsLong() > 0) {
            builder.detail("undelivered", details.undelivered().getAsLong() + " replies are stored for their sinks");
        }
        details.notices().get().forEach(builder::detail);
        List<String> open = endpoints.open();
        if (stopping) {
            builder.message("the bundle is stopping").down();
        } else if (!started) {
            builder.message("the bundle is starting").down();
        } else if (open.isEmpty()) {
            builder.message("no endpoint takes calls: "
                            + endpoints.state(endpoints.names().get(0)))
                    .down();
        } else if (refusal.isPresent()) {
            builder.message("no call is made: the ledger cannot be written: " + refusal.get())
                    .down();
        } else {
            builder.up();
        }
    }
}
