package io.clauderoutes.call.endpoint;

import io.clauderoutes.credential.Credential;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;

/** An endpoint of {@code claude.endpoints.*} with what belongs to it. */
public record Endpoint(
        String name,
        ClaudeSettings.Endpoint settings,
        Credential credential,
        CloseableHttpClient client,
        EndpointBreaker breaker,
        Quotas quotas,
        EndpointHealth health,
        AtomicReference<Share> share) {

    public Endpoint(
            String name,
            ClaudeSettings.Endpoint settings,
            Credential credential,
            CloseableHttpClient client,
            EndpointBreaker breaker,
            Quotas quotas,
            EndpointHealth health) {
        this(
                name,
                settings,
                credential,
                client,
                breaker,
                quotas,
                health,
                new AtomicReference<>(new Share(settings.priority(), settings.weight())));
    }

    /** Its place in the order, and its share of the calls. */
    public record Share(int priority, int weight) {}
}
