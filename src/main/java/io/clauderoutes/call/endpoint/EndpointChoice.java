package io.clauderoutes.call.endpoint;

import io.clauderoutes.call.endpoint.EndpointState.Kind;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.EndpointOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Chooses the endpoint of a call: that of the session, or the first in the configured order, among the available endpoints that
 * have not been tried. If no endpoint is available, all are candidates.
 */
public final class EndpointChoice {

    /** An endpoint with a smaller share of its quota left than this gets fewer calls. */
    private static final double SCARCE_QUOTA = 0.25;

    private static final double LEAST_SHARE = 0.01;

    private final EndpointOrder order;
    private final List<Endpoint> endpoints;
    private final Sessions sessions;
    private final DoubleSupplier chance;
    private final LongSupplier ticker;

    /**
     * Chooses among endpoints.
     *
     * @param chance random numbers from 0 to 1
     */
    public EndpointChoice(
            EndpointOrder order,
            List<Endpoint> endpoints,
            Sessions sessions,
            DoubleSupplier chance,
            LongSupplier ticker) {
        this.order = order;
        this.endpoints = List.copyOf(endpoints);
        this.sessions = sessions;
        this.chance = chance;
        this.ticker = ticker;
    }

    /** Whether there is only one endpoint. */
    public boolean isSingle() {
        return endpoints.size() == 1;
    }

    /** The endpoint of a request's first call. If none is available, the endpoint that is likely to be available first. */
    public Endpoint first(Prompt prompt) {
        if (isSingle()) {
            return endpoints.get(0);
        }
        Optional<Endpoint> sticky = sessions.endpoint(prompt.options())
                .filter(endpoint -> isCandidate(endpoint, List.of(), prompt.request()));
        return sticky.orElseGet(
                () -> next(prompt, List.of()).orElseGet(() -> leastUnavailable(prompt.request(), Optional.empty())));
    }

    /** The endpoint of a call after all available endpoints were tried: another one than the last, if possible. */
    public Endpoint again(Prompt prompt, Endpoint last) {
        if (isSingle()) {
            return last;
        }
        return next(prompt, List.of(last)).orElseGet(() -> leastUnavailable(prompt.request(), Optional.of(last)));
    }

    /** The available endpoint with the shortest pause; if none is available, the first in the order. */
    private Endpoint leastUnavailable(MessagesRequest request, Optional<Endpoint> last) {
        Endpoint best = null;
        Duration shortest = Duration.ZERO;
        for (Endpoint endpoint : endpoints) {
            boolean isLast = last.isPresent() && last.get() == endpoint;
            boolean isBestLast = best != null && last.isPresent() && last.get() == best;
            Duration pause = endpoint.quotas().of(request.model()).pause(request);
            boolean better = best == null || isBestLast || (!isLast && pause.compareTo(shortest) < 0);
            if (endpoint.health().takesCalls() && better) {
                best = endpoint;
                shortest = pause;
            }
        }
        return best == null ? inOrder(others(last), request) : best;
    }

    private List<Endpoint> others(Optional<Endpoint> last) {
        return endpoints.stream()
                .filter(endpoint -> last.isEmpty() || endpoint != last.get())
                .toList();
    }

    /**
     * The endpoint of the next call.
     *
     * @param tried endpoints that have been tried
     * @return empty if no other endpoint is available
     */
    public Optional<Endpoint> next(Prompt prompt, Collection<Endpoint> tried) {
        if (isSingle()) {
            return Optional.empty();
        }
        List<Endpoint> candidates = new ArrayList<>(endpoints.size());
        List<Endpoint> full = new ArrayList<>(0);
        for (Endpoint endpoint : endpoints) {
            if (isCandidate(endpoint, tried, prompt.request())) {
                (endpoint.concurrency().isFull() ? full : candidates).add(endpoint);
            }
        }
        if (candidates.isEmpty() && full.isEmpty()) {
            return Optional.empty();
        }
        if (candidates.isEmpty()) {
            candidates = full;
        }
        List<Endpoint> admitted = admitted(candidates);
        return Optional.of(inOrder(admitted.isEmpty() ? candidates : admitted, prompt.request()));
    }

    /** The endpoint of a hedged call: an endpoint that takes it without a wait. */
    public Optional<Endpoint> beside(Prompt prompt, Collection<Endpoint> called) {
        return next(prompt, called).filter(endpoint -> !endpoint.concurrency().isFull());
    }

    /** The endpoint has replied: the session stays there. */
    public void replied(Prompt prompt, Endpoint endpoint) {
        if (!isSingle()) {
            sessions.replied(prompt.options(), endpoint);
        }
    }

    private static boolean isCandidate(Endpoint endpoint, Collection<Endpoint> tried, MessagesRequest request) {
        return !tried.contains(endpoint)
                && endpoint.health().takesCalls()
                && endpoint.quotas().of(request.model()).pause(request).isZero();
    }

    private Endpoint inOrder(List<Endpoint> candidates, MessagesRequest request) {
        return switch (order) {
            case NEAREST -> leastLoaded(candidates, request);
            case PRIORITY -> leastLoaded(firstPriority(candidates), request);
            case WEIGHT -> weighted(candidates);
        };
    }

    /** An endpoint in slow start is a candidate for a share of the calls. */
    private List<Endpoint> admitted(List<Endpoint> candidates) {
        long now = ticker.getAsLong();
        List<Endpoint> admitted = new ArrayList<>(candidates.size());
        for (Endpoint endpoint : candidates) {
            EndpointState state = endpoint.health().state();
            if (state.kind() != Kind.SLOW_START || chance.getAsDouble() < state.share(now)) {
                admitted.add(endpoint);
            }
        }
        return admitted;
    }

    private static List<Endpoint> firstPriority(List<Endpoint> candidates) {
        int lowest = candidates.stream()
                .mapToInt(endpoint -> endpoint.share().priority())
                .min()
                .orElseThrow();
        return candidates.stream()
                .filter(endpoint -> endpoint.share().priority() == lowest)
                .toList();
    }

    private Endpoint weighted(List<Endpoint> candidates) {
        long sum = candidates.stream()
                .mapToLong(endpoint -> endpoint.share().weight())
                .sum();
        double drawn = chance.getAsDouble() * sum;
        Endpoint last = candidates.get(0);
        for (Endpoint endpoint : candidates) {
            int weight = endpoint.share().weight();
            if (weight > 0) {
                if (drawn < weight) {
                    return endpoint;
                }
                drawn -= weight;
                last = endpoint;
            }
        }
        return last;
    }

    /**
     * The least loaded of more than half of the candidates, drawn at random. Load is latency × calls in flight, and more where calls
     * fail or quota runs out. The random draw keeps several bundles from choosing the same endpoint; a smaller draw would keep a
     * large endpoint from its share.
     */
    private Endpoint leastLoaded(List<Endpoint> candidates, MessagesRequest request) {
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        List<Endpoint> left = new ArrayList<>(candidates);
        Endpoint best = null;
        for (int draws = candidates.size() / 2 + 1; draws > 0; draws--) {
            Endpoint drawn = left.remove((int) (chance.getAsDouble() * left.size()));
            best = best == null || isLessLoaded(drawn, best, request) ? drawn : best;
        }
        return best;
    }

    private boolean isLessLoaded(Endpoint one, Endpoint other, MessagesRequest request) {
        boolean streamed = request.stream();
        long now = ticker.getAsLong();
        double known =
                Math.max(one.health().latency(streamed, now), other.health().latency(streamed, now));
        double loadOfOne = load(one, request, known, now);
        double loadOfOther = load(other, request, known, now);
        if (loadOfOne != loadOfOther) {
            return loadOfOne < loadOfOther;
        }
        int inFlight = one.health().inFlight();
        int otherInFlight = other.health().inFlight();
        return inFlight == otherInFlight ? endpoints.indexOf(one) < endpoints.indexOf(other) : inFlight < otherInFlight;
    }

    private static double load(Endpoint endpoint, MessagesRequest request, double known, long now) {
        EndpointHealth health = endpoint.health();
        return health.load(request.stream(), health.inFlight() == 0 ? 0 : known, now) / quotaShare(endpoint, request);
    }

    /** 1 while enough of an endpoint's quota is left, and less after that. */
    private static double quotaShare(Endpoint endpoint, MessagesRequest request) {
        double left = endpoint.quotas().of(request.model()).left();
        return Math.min(1, Math.max(LEAST_SHARE, left / SCARCE_QUOTA));
    }
}
