package io.clauderoutes.call;

import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.credential.Credential;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What belongs to each endpoint: its settings, HTTP client, circuit breaker and quota. They outlive a reload of routes. */
public final class Endpoints implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);

    private final List<Endpoint> all;
    private final Watchdog watchdog;

    record Endpoint(
            String name,
            ClaudeSettings.Endpoint settings,
            CloseableHttpClient client,
            CircuitBreaker breaker,
            Quota quota) {}

    /**
     * Opens all endpoints, in the order in which they are tried.
     *
     * @param credentials by name
     */
    public Endpoints(
            Map<String, ClaudeSettings.Endpoint> endpoints,
            Map<String, Credential> credentials,
            ScheduledExecutorService scheduler,
            ClaudeMeters meters,
            LongSupplier ticker) {
        this.watchdog = new Watchdog(scheduler, ticker);
        this.all = endpoints.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> endpoint(
                        entry.getKey(),
                        entry.getValue(),
                        credentials.get(entry.getValue().credential()),
                        ticker))
                .toList();
        for (Endpoint endpoint : all) {
            meters.breaker(endpoint.name(), () -> endpoint.breaker().getState().getOrder());
        }
    }

    private Endpoint endpoint(
            String name, ClaudeSettings.Endpoint settings, Credential credential, LongSupplier ticker) {
        return new Endpoint(
                name,
                settings,
                EndpointClient.of(settings, credential, watchdog, ticker),
                breaker(name, settings.breaker()),
                new Quota(name, settings.quota(), ticker));
    }

    private static CircuitBreaker breaker(String name, ClaudeSettings.Breaker settings) {
        CircuitBreaker breaker = CircuitBreaker.of(
                "claude-" + name,
                CircuitBreakerConfig.custom()
                        .failureRateThreshold(settings.failurePercent())
                        .slidingWindowType(SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(settings.window())
                        .minimumNumberOfCalls(Math.min(settings.minCalls(), settings.window()))
                        .waitDurationInOpenState(settings.open())
                        .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
                        .recordException(failure -> Failures.isEndpointsFault(failure, name))
                        .ignoreException(failure -> Failures.isNobodysFault(failure, name))
                        .build());
        breaker.getEventPublisher()
                .onStateTransition(event -> LOG.info(
                        "endpoint {}: circuit breaker {}",
                        name,
                        event.getStateTransition().getToState()));
        return breaker;
    }

    List<Endpoint> all() {
        return all;
    }

    Watchdog watchdog() {
        return watchdog;
    }

    /** Names of the endpoints that take calls now. */
    public List<String> open() {
        return all.stream()
                .filter(endpoint -> endpoint.breaker().getState() != CircuitBreaker.State.OPEN)
                .map(Endpoint::name)
                .toList();
    }

    /** Names of all endpoints, in the order in which they are tried. */
    public List<String> names() {
        return all.stream().map(Endpoint::name).toList();
    }

    @Override
    public void close() {
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
