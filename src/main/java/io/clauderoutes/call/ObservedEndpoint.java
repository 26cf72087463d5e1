package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.ConcurrencyLimit;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.EndpointState;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What an operator sees of an endpoint at one moment.
 *
 * @param url without user, password and query
 * @param quotaLeft smallest share of its limits that is left, from 0 to 1
 * @param credential name of its credential
 */
public record ObservedEndpoint(
        String name, String url, Health health, double quotaLeft, Calls calls, String credential) {
    /**
     * Whether the endpoint takes calls.
     *
     * @param state available, slow start or ejected
     * @param breaker state of its circuit breaker
     * @param troubles what is wrong with it, the worst first; empty if it takes calls
     */
    public record Health(String state, String breaker, List<Trouble> troubles) {
        public Health {
            troubles = List.copyOf(troubles);
        }
    }

    /**
     * The calls in flight and their limit.
     *
     * @param firstTokenMillis moving average; 0 if nothing was measured
     * @param inFlight calls that have begun and not ended
     * @param waiting calls without a first token
     * @param limit of the calls in flight; 0 without one
     * @param queued calls that wait for the limit
     */
    public record Calls(long firstTokenMillis, int inFlight, int waiting, int limit, int queued) {}

    /** What is wrong with an endpoint. */
    public enum TroubleKind {
        /** The credential has no token, or the endpoint refuses it. */
        CREDENTIAL,
        /** The endpoint gets no calls, or none succeeds. */
        DEAD,
        /** Calls wait for their first token for an unusually long time. */
        SILENT,
        /** The last calls failed, and the endpoint still gets calls. */
        FAILING
    }

    /**
     * Something that is wrong.
     *
     * @param lasting since it began
     * @param calls that failed in a row, or that wait
     */
    public record Trouble(TroubleKind kind, String reason, Duration lasting, int calls) {}

    static ObservedEndpoint of(Endpoint endpoint, long nowNanos) {
        EndpointHealth health = endpoint.health();
        ConcurrencyLimit.State concurrency = endpoint.concurrency().state();
        CircuitBreaker.State breaker = endpoint.breaker().state();
        return new ObservedEndpoint(
                endpoint.name(),
                plain(endpoint.settings().url()),
                new Health(
                        health.state().kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        breaker.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        troubles(endpoint, nowNanos)),
                endpoint.quotas().left(),
                new Calls(
                        TimeUnit.NANOSECONDS.toMillis(health.pace(true).average()),
                        health.callsInFlight(),
                        health.waiting(),
                        concurrency.isLimited() ? concurrency.limit() : 0,
                        concurrency.waiting()),
                endpoint.settings().api().credential());
    }

    private static String plain(URI url) {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort())
                + (url.getRawPath() == null ? "" : url.getRawPath());
    }

    private static List<Trouble> troubles(Endpoint endpoint, long nowNanos) {
        EndpointHealth health = endpoint.health();
        List<Trouble> troubles = new ArrayList<>();
        int failed = health.failedCalls().map(EndpointHealth.FailedCalls::count).orElse(0);
        if (!endpoint.credential().health().usable()) {
            troubles.add(new Trouble(
                    TroubleKind.CREDENTIAL,
                    endpoint.credential().health().detail(),
                    endpoint.credential().failingFor().orElse(Duration.ZERO),
                    failed));
        }
        health.refused()
                .ifPresent(since -> troubles.add(new Trouble(
                        TroubleKind.CREDENTIAL, "refused by endpoint " + endpoint.name() + " (401)", since, failed)));
        dead(endpoint, nowNanos).ifPresent(troubles::add);
        health.silence()
                .ifPresent(since -> troubles.add(new Trouble(
                        TroubleKind.SILENT,
                        "calls wait, and nothing comes from the endpoint",
                        since,
                        health.waiting())));
        if (troubles.isEmpty()) {
            health.failedProbes()
                    .ifPresent(probes -> troubles.add(new Trouble(
                            probes.count() > 1 ? TroubleKind.DEAD : TroubleKind.FAILING,
                            (probes.count() > 1 ? probes.count() + " probes failed, the last: " : "a probe failed: ")
                                    + probes.why(),
                            Duration.ofNanos(nowNanos - probes.sinceNanos()),
                            failed)));
        }
        if (troubles.isEmpty()) {
            health.failedCalls()
                    .ifPresent(calls -> troubles.add(new Trouble(
                            TroubleKind.FAILING,
                            calls.why(),
                            Duration.ofNanos(nowNanos - calls.sinceNanos()),
                            calls.count())));
        }
        return troubles;
    }

    private static Optional<Trouble> dead(Endpoint endpoint, long nowNanos) {
        EndpointHealth health = endpoint.health();
        Optional<EndpointHealth.FailedCalls> failed = health.failedCalls();
        int calls = failed.map(EndpointHealth.FailedCalls::count).orElse(0);
        Duration failing = longer(lasting(failed, nowNanos), lasting(health.failedProbes(), nowNanos));
        String last = failed.map(its -> "; the last call: " + its.why()).orElse("");
        EndpointState state = health.state();
        if (state.isEjected()) {
            Duration ejected = Duration.ofNanos(nowNanos - state.sinceNanos());
            return Optional.of(
                    new Trouble(TroubleKind.DEAD, "ejected: " + state.why() + last, longer(ejected, failing), calls));
        }
        if (endpoint.breaker().isOpen()) {
            return Optional.of(new Trouble(
                    TroubleKind.DEAD,
                    "its circuit breaker is open" + last,
                    longer(endpoint.breaker().lasting(), failing),
                    calls));
        }
        return health.failingFor()
                .map(lasting ->
                        new Trouble(TroubleKind.DEAD, "no call succeeds" + last, longer(lasting, failing), calls));
    }

    private static Duration lasting(Optional<EndpointHealth.FailedCalls> failed, long nowNanos) {
        return failed.map(its -> Duration.ofNanos(nowNanos - its.sinceNanos())).orElse(Duration.ZERO);
    }

    private static Duration longer(Duration left, Duration right) {
        return left.compareTo(right) > 0 ? left : right;
    }
}
