package io.clauderoutes.call;

import io.clauderoutes.ClaudeSettings.Order;
import io.clauderoutes.call.EndpointState.Kind;
import io.clauderoutes.call.Endpoints.Endpoint;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Which endpoint a call goes to: its session's, or the first in the order of the settings, among those that are in and have not
 * been tried. If none is in, all are candidates, for the last ones standing are better than none.
 */
final class EndpointChoice {

    static final int NONE = -1;

    /** Another endpoint has to be nearer by this much, so that two alike do not take turns. */
    private static final double NEARER = 0.8;
    /** A time to first token that is older than this is measured again, by one call. */
    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Order order;
    private final List<Endpoint> endpoints;
    private final Sessions sessions;
    private final DoubleSupplier chance;
    private final LongSupplier ticker;
    private final AtomicLong lookedAround;
    private volatile int nearest;

    /** @param chance from 0 to 1 */
    EndpointChoice(
            Order order, List<Endpoint> endpoints, Sessions sessions, DoubleSupplier chance, LongSupplier ticker) {
        this.order = order;
        this.endpoints = List.copyOf(endpoints);
        this.sessions = sessions;
        this.chance = chance;
        this.ticker = ticker;
        this.lookedAround = new AtomicLong(ticker.getAsLong());
    }

    boolean isAlone() {
        return endpoints.size() == 1;
    }

    /** Where a request's first call goes; with nobody in, where it does least harm. */
    int first(Prompt prompt) {
        if (isAlone()) {
            return 0;
        }
        int sticky = sessions.endpoint(prompt.options());
        if (sticky != NONE && isCandidate(sticky, 0, prompt.request())) {
            return sticky;
        }
        int next = next(prompt, 0);
        return next == NONE ? leastBad(prompt.request(), NONE) : next;
    }

    /** Where to go when all that are in were tried: another one than the last, if there is any. */
    int again(Prompt prompt, int last) {
        if (isAlone()) {
            return 0;
        }
        int next = next(prompt, 1L << last);
        return next == NONE ? leastBad(prompt.request(), last) : next;
    }

    /** Of those that are in the one with the shortest pause; of those that are out the first in order. */
    private int leastBad(MessagesRequest request, int last) {
        int best = NONE;
        Duration shortest = Duration.ZERO;
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            Duration pause = endpoint.quotas().of(request.model()).pause();
            boolean better = best == NONE || best == last || (i != last && pause.compareTo(shortest) < 0);
            if (endpoint.health().takesCalls() && better) {
                best = i;
                shortest = pause;
            }
        }
        return best == NONE ? inOrder(last == NONE ? 0 : 1L << last, request, false) : best;
    }

    /**
     * Where the next call goes.
     *
     * @param tried a bit for each endpoint that has been tried
     * @return NONE if no other endpoint is in
     */
    int next(Prompt prompt, long tried) {
        return isAlone() ? NONE : inOrder(tried, prompt.request(), true);
    }

    /** The endpoint has answered. */
    void answered(Prompt prompt, int index) {
        if (!isAlone()) {
            sessions.answered(prompt.options(), index);
        }
    }

    private boolean isCandidate(int index, long tried, MessagesRequest request) {
        Endpoint endpoint = endpoints.get(index);
        return (tried & 1L << index) == 0
                && endpoint.health().takesCalls()
                && endpoint.quotas().of(request.model()).pause().isZero();
    }

    private int inOrder(long tried, MessagesRequest request, boolean onlyIn) {
        long candidates = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            if (onlyIn ? isCandidate(i, tried, request) : (tried & 1L << i) == 0) {
                candidates |= 1L << i;
            }
        }
        long admitted = onlyIn ? admitted(candidates) : candidates;
        long from = admitted == 0 ? candidates : admitted;
        return switch (order) {
            case NEAREST -> nearest(from, request.stream(), true);
            case PRIORITY -> nearest(mostWanted(from), request.stream(), false);
            case WEIGHT -> weighted(from);
        };
    }

    /** Of those in a slow start only a share is a candidate at a time. */
    private long admitted(long candidates) {
        long admitted = candidates;
        long now = ticker.getAsLong();
        for (int i = 0; i < endpoints.size(); i++) {
            EndpointState state = endpoints.get(i).health().state();
            if (state.kind() == Kind.SLOW_START && chance.getAsDouble() >= state.share(now)) {
                admitted &= ~(1L << i);
            }
        }
        return admitted;
    }

    private long mostWanted(long candidates) {
        int lowest = Integer.MAX_VALUE;
        long wanted = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            int priority = endpoints.get(i).settings().priority();
            if ((candidates & 1L << i) != 0 && priority <= lowest) {
                wanted = priority < lowest ? 1L << i : wanted | 1L << i;
                lowest = priority;
            }
        }
        return wanted;
    }

    private int weighted(long candidates) {
        long sum = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            sum += (candidates & 1L << i) == 0 ? 0 : endpoints.get(i).settings().weight();
        }
        double drawn = chance.getAsDouble() * sum;
        int last = NONE;
        for (int i = 0; i < endpoints.size(); i++) {
            if ((candidates & 1L << i) != 0) {
                int weight = endpoints.get(i).settings().weight();
                if (sum > 0 && weight > 0 && drawn < weight) {
                    return i;
                }
                drawn -= weight;
                last = last == NONE || weight > 0 ? i : last;
            }
        }
        return last;
    }

    /** One that was not measured, or not for long, is tried now and then; else the nearest, which keeps its place among equals. */
    private int nearest(long candidates, boolean streamed, boolean looksAround) {
        long now = ticker.getAsLong();
        int best = NONE;
        long bestTime = Long.MAX_VALUE;
        int oldest = NONE;
        long oldestAge = STALE_NANOS;
        for (int i = 0; i < endpoints.size(); i++) {
            if ((candidates & 1L << i) != 0) {
                EndpointHealth health = endpoints.get(i).health();
                Pace pace = health.pace(streamed);
                long time = Math.max(pace.average(), health.silentFor(now));
                long weighed = i == nearest ? (long) (time * NEARER) : time;
                if (weighed < bestTime) {
                    best = i;
                    bestTime = weighed;
                }
                if (pace.average() != 0 && now - pace.measuredNanos() > oldestAge) {
                    oldest = i;
                    oldestAge = now - pace.measuredNanos();
                }
            }
        }
        if (best == NONE) {
            return NONE;
        }
        if (looksAround && oldest != NONE && oldest != best && isTimeToLookAround(now)) {
            return oldest;
        }
        if (best != nearest && bestTime > 0) {
            nearest = best;
        }
        return best;
    }

    private boolean isTimeToLookAround(long now) {
        long last = lookedAround.get();
        return now - last > STALE_NANOS && lookedAround.compareAndSet(last, now);
    }
}
