package io.clauderoutes;

import io.clauderoutes.call.Endpoints;
import java.util.List;
import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Ready as long as at least one endpoint takes calls. */
final class ClaudeHealth extends AbstractHealthCheck {

    private final Endpoints endpoints;

    ClaudeHealth(Endpoints endpoints) {
        super("claude", "endpoints");
        this.endpoints = endpoints;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        List<String> open = endpoints.open();
        for (String name : endpoints.names()) {
            builder.detail("endpoint." + name, open.contains(name) ? "in" : "out: its circuit breaker is open");
        }
        if (open.isEmpty()) {
            builder.message("no endpoint takes calls: their circuit breakers are open")
                    .down();
        } else {
            builder.up();
        }
    }
}
