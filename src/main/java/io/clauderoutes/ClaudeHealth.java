package io.clauderoutes;

import io.clauderoutes.call.Endpoints;
import io.clauderoutes.credential.Credentials;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Ready when all of the bundle has started, and then as long as at least one endpoint takes calls. */
final class ClaudeHealth extends AbstractHealthCheck {

    private final Endpoints endpoints;
    private final Credentials credentials;
    private final Supplier<Optional<String>> ledgerTrouble;
    private final Supplier<Optional<String>> batchTrouble;
    private volatile boolean started;

    /**
     * Looks after endpoints, credentials and the ledger.
     *
     * @param ledgerTrouble why the ledger cannot be written
     * @param batchTrouble why prompts for batches cannot be kept
     */
    ClaudeHealth(
            Endpoints endpoints,
            Credentials credentials,
            Supplier<Optional<String>> ledgerTrouble,
            Supplier<Optional<String>> batchTrouble) {
        super("claude", "endpoints");
        this.endpoints = endpoints;
        this.credentials = credentials;
        this.ledgerTrouble = ledgerTrouble;
        this.batchTrouble = batchTrouble;
    }

    /** All that serves is there. */
    void started() {
        started = true;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        List<String> open = endpoints.open();
        for (String name : endpoints.names()) {
            builder.detail("endpoint." + name, endpoints.state(name));
        }
        credentials
                .all()
                .forEach((name, credential) ->
                        builder.detail("credential." + name, credential.health().detail()));
        Optional<String> trouble = ledgerTrouble.get();
        trouble.ifPresent(reason -> builder.detail("ledger", "cannot be written: " + reason));
        batchTrouble.get().ifPresent(reason -> builder.detail("batches", "cannot go on: " + reason));
        if (!started) {
            builder.message("the bundle is starting").down();
        } else if (open.isEmpty()) {
            builder.message("no endpoint takes calls: "
                            + endpoints.state(endpoints.names().get(0)))
                    .down();
        } else {
            builder.up();
        }
    }
}
