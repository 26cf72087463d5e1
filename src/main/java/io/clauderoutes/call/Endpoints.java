package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.ConcurrencyLimit;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.EndpointState;
import io.clauderoutes.call.http.CallHooks;
import io.clauderoutes.call.http.DeadlineTimer;
import io.clauderoutes.call.http.DirectCalls;
import io.clauderoutes.call.http.EndpointClient;
import io.clauderoutes.call.http.MultiplexedClient;
import io.clauderoutes.call.http.TrustedCertificates;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.ConnectionSettings;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.settings.HttpVersion;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import javax.net.ssl.X509TrustManager;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What belongs to each endpoint: its settings, HTTP client, circuit breaker, quotas and health. They outlive a reload of routes. */
public final class Endpoints implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
    private static final Duration WATCHED = Duration.ofSeconds(3);
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Endpoint> all;
    private final DeadlineTimer watchdog;
    private final DirectCalls direct;
    private final HealthProbes probes;
    private final Duration dnsCache;
    private final LongSupplier ticker;

    /** Uses other priorities, weights, quotas and limits of calls in flight for the calls that are made from now on. */
    public void use(Map<String, EndpointSettings> settings) {
        for (Endpoint endpoint : all) {
            EndpointSettings its = settings.get(endpoint.name());
            endpoint.use(new Endpoint.Share(its.share().priority(), its.share().weight()));
            endpoint.limits().use(its);
        }
    }

    /**
     * Opens all endpoints.
     *
     * @param credentials by name
     * @param dnsCache how long a client that looks up names itself remembers addresses
     */
    public Endpoints(
            Map<String, EndpointSettings> endpoints,
            Map<String, Credential> credentials,
            Duration dnsCache,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.dnsCache = dnsCache;
        this.ticker = runtime.ticker();
        this.watchdog = new DeadlineTimer(runtime.threads().timer(), ticker);
        this.direct = new DirectCalls(watchdog, ticker);
        DoubleSupplier chance = runtime.chance();
        boolean alone = endpoints.size() == 1;
        this.all = endpoints.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> endpoint(
                        entry.getKey(),
                        entry.getValue(),
                        credentials.get(entry.getValue().api().credential()),
                        alone,
                        chance))
                .toList();
        this.probes = new HealthProbes(all, this::probingClient, runtime);
        all.forEach(endpoint -> meter(endpoint, meters));
    }

    /**
     * Checks the files of trusted certificates.
     *
     * @throws SettingsException with one line for each file of certificates that cannot be used
     */
    public static void check(Map<String, EndpointSettings> endpoints) {
        List<String> mistakes = new ArrayList<>();
        endpoints.forEach((name, endpoint) -> endpoint.connection().trusted().ifPresent(file -> {
            try {
                TrustedCertificates.of(name, file);
            } catch (SettingsException wrong) {
                mistakes.addAll(wrong.mistakes());
            }
        }));
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    private Endpoint endpoint(
            String name, EndpointSettings settings, Credential credential, boolean alone, DoubleSupplier chance) {
        AtomicReference<EndpointHealth> itself = new AtomicReference<>();
        EndpointBreaker breaker = new EndpointBreaker(
                name, settings.availability().breaker(), () -> itself.get().breakerOpened(), ticker);
        EndpointHealth health =
                new EndpointHealth(name, settings.availability().health(), alone, breaker::reset, chance, ticker);
        itself.set(health);
        return new Endpoint(
                name,
                settings,
                credential,
                client(name, settings, credential, health),
                breaker,
                Endpoint.Limits.of(name, settings, ticker),
                health);
    }

    private CloseableHttpClient client(
            String name, EndpointSettings settings, Credential credential, EndpointHealth health) {
        ConnectionSettings connection = settings.connection();
        CallHooks hooks = new CallHooks(settings, credential, health, watchdog, ticker);
        Optional<X509TrustManager> trusted = connection.trusted().map(file -> TrustedCertificates.of(name, file));
        return connection.version() == HttpVersion.HTTP_2
                ? new MultiplexedClient(connection, dnsCache, trusted, hooks, ticker)
                : EndpointClient.of(connection, trusted, hooks);
    }

    private CloseableHttpClient probingClient(Endpoint endpoint) {
        return client(endpoint.name(), endpoint.settings().probing(), endpoint.credential(), endpoint.health());
    }

    private static void meter(Endpoint endpoint, ClaudeMeters meters) {
        String name = endpoint.name();
        meters.endpoints().breaker(name, () -> endpoint.breaker().state().getOrder());
        meters.endpoints().state(name, () -> endpoint.health().state().kind().code());
        meters.endpoints().quotaLeft(name, () -> endpoint.quotas().left());
        meters.endpoints()
                .oldestWait(
                        name,
                        () -> Math.max(
                                        endpoint.quotas().oldestWaitNanos(),
                                        endpoint.concurrency().oldestWaitNanos())
                                / NANOS_PER_SECOND);
        meters.endpoints().concurrency(name, () -> limit(endpoint), () -> endpoint.concurrency()
                .state()
                .waiting());
        meters.credentials()
                .refused(
                        endpoint.settings().api().credential(),
                        name,
                        () -> endpoint.health().refused().isPresent() ? 1 : 0);
        meters.endpoints()
                .timeToFirstToken(name, () -> endpoint.health().pace(true).average() / NANOS_PER_SECOND);
    }

    /** Calls that may be in flight; 0 without a limit. */
    private static int limit(Endpoint endpoint) {
        ConcurrencyLimit.State state = endpoint.concurrency().state();
        return state.isLimited() ? state.limit() : 0;
    }

    List<Endpoint> all() {
        return all;
    }

    /** Calls that no route makes. */
    DirectCalls direct() {
        return direct;
    }

    DeadlineTimer watchdog() {
        return watchdog;
    }

    /** Names of the endpoints that take calls now, and our credential. */
    public List<String> open() {
        return all.stream()
                .filter(Endpoints::isOpen)
                .filter(endpoint -> endpoint.health().refused().isEmpty()
                        && endpoint.health().failing().isEmpty())
                .map(Endpoint::name)
                .toList();
    }

    /** Whether a call may succeed. Where nothing probes an endpoint that fails, only a call can show it. */
    public boolean isAnyOpen() {
        return all.stream()
                .anyMatch(endpoint -> isOpen(endpoint)
                        && (endpoint.health().failing().isEmpty()
                                || endpoint.settings()
                                        .availability()
                                        .health()
                                        .probe()
                                        .path()
                                        .isEmpty()));
    }

    /** How long endpoints have refused our credential, by the name of the endpoint; empty while none does. */
    public Map<String, Refused> refusals() {
        Map<String, Refused> refusals = new TreeMap<>();
        all.forEach(endpoint -> endpoint.health()
                .refused()
                .ifPresent(since -> refusals.put(
                        endpoint.name(), new Refused(endpoint.settings().api().credential(), since))));
        return refusals;
    }

    /**
     * A credential that is refused.
     *
     * @param credential its name
     * @param lasting since the first call that was refused
     */
    public record Refused(String credential, Duration lasting) {}

    /** Which credential is refused, where that leaves no endpoint and probes show when it is taken again. */
    public Optional<String> refusedCredential() {
        if (!open().isEmpty()) {
            return Optional.empty();
        }
        return all.stream()
                .filter(endpoint -> endpoint.health().refused().isPresent())
                .filter(endpoint -> !endpoint.settings()
                        .availability()
                        .health()
                        .probe()
                        .path()
                        .isEmpty())
                .findFirst()
                .map(endpoint -> "credential " + endpoint.settings().api().credential() + " is refused by endpoint "
                        + endpoint.name());
    }

    private static boolean isOpen(Endpoint endpoint) {
        return !endpoint.breaker().isOpen()
                && !endpoint.health().state().isEjected()
                && endpoint.credential().health().usable();
    }

    /** The endpoint for a call that is not balanced: the first that takes calls, or the first of all. */
    Endpoint any() {
        return all.stream().filter(Endpoints::isOpen).findFirst().orElse(all.get(0));
    }

    /** Whether an endpoint takes calls now and why not, its breaker, what is left of its quota, how fast it is, and its calls in flight. */
    public String state(String name) {
        Endpoint endpoint =
                all.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        return inOrOut(endpoint) + "; breaker "
                + endpoint.breaker().state().name().toLowerCase(Locale.ROOT)
                + "; " + Math.round(endpoint.quotas().left() * 100) + " % of its quota left; first token after "
                + firstToken(endpoint.health().pace(true).average()) + "; "
                + endpoint.concurrency().state();
    }

    private static String firstToken(long nanos) {
        return nanos == 0 ? "an unknown time" : TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
    }

    private String inOrOut(Endpoint endpoint) {
        if (!endpoint.credential().health().usable()) {
            return "out: credential " + endpoint.settings().api().credential() + " has "
                    + endpoint.credential().health().detail();
        }
        if (endpoint.health().refused().isPresent()) {
            return "refuses credential " + endpoint.settings().api().credential() + " (401) for "
                    + endpoint.health().refused().get().toSeconds() + " s: check claude.credentials."
                    + endpoint.settings().api().credential();
        }
        if (endpoint.health().failing().isPresent()) {
            return "answers no calls: " + endpoint.health().failing().get();
        }
        EndpointState state = endpoint.health().state();
        return state.kind() == EndpointState.Kind.AVAILABLE && !isOpen(endpoint)
                ? "out: its circuit breaker is open"
                : state.tell(ticker.getAsLong());
    }

    /** An operator looks now: endpoints without calls are probed each second for a while. */
    public void watch() {
        long until = ticker.getAsLong() + WATCHED.toNanos();
        all.forEach(endpoint -> endpoint.health().watch(until));
    }

    /** What an operator sees of all endpoints now, by name. */
    public List<ObservedEndpoint> observed() {
        long now = ticker.getAsLong();
        return all.stream().map(endpoint -> ObservedEndpoint.of(endpoint, now)).toList();
    }

    /** Names of all endpoints, in the order in which they are tried. */
    public List<String> names() {
        return all.stream().map(Endpoint::name).toList();
    }

    @Override
    public void close() {
        probes.close();
        watchdog.close();
        for (Endpoint endpoint : all) {
            try {
                endpoint.client().close();
            } catch (IOException alreadyClosed) {
                LOG.debug("endpoint {}: its HTTP client was closed already", endpoint.name());
            }
        }
    }
}
