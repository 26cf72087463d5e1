package io.clauderoutes.call.endpoint;

import io.clauderoutes.credential.Credential;
import io.clauderoutes.settings.EndpointSettings;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;

/** An endpoint of {@code claude.endpoints.*} with what belongs to it. */
public final class Endpoint {

    private final String name;
    private final EndpointSettings settings;
    private final Credential credential;
    private final CloseableHttpClient client;
    private final EndpointBreaker breaker;
    private final Limits limits;
    private final EndpointHealth health;
    private volatile Share share;

    public Endpoint(
            String name,
            EndpointSettings settings,
            Credential credential,
            CloseableHttpClient client,
            EndpointBreaker breaker,
            Limits limits,
            EndpointHealth health) {
        this.name = name;
        this.settings = settings;
        this.credential = credential;
        this.client = client;
        this.breaker = breaker;
        this.limits = limits;
        this.health = health;
        this.share = new Share(settings.share().priority(), settings.share().weight());
    }

    /** Which share of the calls the endpoint gets: the lowest priority number goes first, then weights decide. */
    public record Share(int priority, int weight) {}

    /** What the endpoint lets the bundle do: so many requests and tokens in a minute, and so many calls at once. */
    public record Limits(Quotas quotas, ConcurrencyLimit concurrency) {

        /** The limits of the settings. */
        public static Limits of(String name, EndpointSettings settings, LongSupplier ticker) {
            return new Limits(
                    new Quotas(name, settings.limits().quota(), ticker),
                    new ConcurrencyLimit(name, settings.limits().concurrency(), ticker));
        }

        /** Keeps other limits from now on. */
        public void use(EndpointSettings settings) {
            quotas.use(settings.limits().quota());
            concurrency.use(settings.limits().concurrency());
        }
    }

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

    public Limits limits() {
        return limits;
    }

    public Quotas quotas() {
        return limits.quotas();
    }

    /** How many calls of the endpoint may be in flight. */
    public ConcurrencyLimit concurrency() {
        return limits.concurrency();
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
