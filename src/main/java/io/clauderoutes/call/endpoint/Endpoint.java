package io.clauderoutes.call.endpoint;

import io.clauderoutes.credential.Credential;
import io.clauderoutes.settings.EndpointSettings;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;

/** An endpoint of {@code claude.endpoints.*} with what belongs to it. */
public final class Endpoint {

    private final String name;
    private final EndpointSettings settings;
    private final Credential credential;
    private final CloseableHttpClient client;
    private final EndpointBreaker breaker;
    private final Quotas quotas;
    private final EndpointHealth health;
    private volatile Share share;

    public Endpoint(
            String name,
            EndpointSettings settings,
            Credential credential,
            CloseableHttpClient client,
            EndpointBreaker breaker,
            Quotas quotas,
            EndpointHealth health) {
        this.name = name;
        this.settings = settings;
        this.credential = credential;
        this.client = client;
        this.breaker = breaker;
        this.quotas = quotas;
        this.health = health;
        this.share = new Share(settings.priority(), settings.weight());
    }

    /** Which share of the calls the endpoint gets: the lowest priority number goes first, then weights decide. */
    public record Share(int priority, int weight) {}

    public String name() {
        return name;
    }

    public EndpointSettings settings() {
        return settings;
    }

    public Credential credential() {
        return credential;
    }

    public CloseableHttpClient client() {
        return client;
    }

    public EndpointBreaker breaker() {
        return breaker;
    }

    public Quotas quotas() {
        return quotas;
    }

    public EndpointHealth health() {
        return health;
    }

    public Share share() {
        return share;
    }

    /** Uses another share for the calls that are made from now on. */
    public void use(Share other) {
        share = other;
    }

    @Override
    public String toString() {
        return name;
    }
}
