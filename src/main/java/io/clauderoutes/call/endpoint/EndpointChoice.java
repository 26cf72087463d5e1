package io.clauderoutes.call.endpoint;

import io.clauderoutes.call.endpoint.EndpointState.Kind;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.ClaudeSettings.Order;
import java.time.Duration;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Which endpoint a call goes to: its session's, or the first in the order of the settings, among those that are in and have not
 * been tried. If none is in, all are candidates, for the last ones standing are better than none.
 */
public final class EndpointChoice {

    public static final int NONE = -1;

    /** An endpoint with a smaller share of its quota left than this gets fewer calls. */
    private static final double SCARCE_QUOTA = 0.25;

    private static final double LEAST_SHARE = 0.01;

    private final Order order;
    private final List<Endpoint> endpoints;
    private final Sessions sessions;
    private final DoubleSupplier chance;
    private final LongSupplier ticker;

    /** @param chance from 0 to 1 */
    public EndpointChoice(
            Order order, List<Endpoint> endpoints, Sessions sessions, DoubleSupplier chance, LongSupplier ticker) {
        this.order = order;
        this.endpoints = List.copyOf(endpoints);
        this.sessions = sessions;
        this.chance = chance;
        this.ticker = ticker;
    }

    public boolean isAlone() {
        return endpoints.size() == 1;
    }

    /** Where a request's first call goes; with nobody in, where it does least harm. */
    public int first(Prompt prompt) {
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
    public int again(Prompt prompt, int last) {
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
            Duration pause = endpoint.quotas().of(request.model()).pause(request);
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
    public int next(Prompt prompt, long tried) {
        return isAlone() ? NONE : inOrder(tried, prompt.request(), true);
    }

    /** The endpoint has answered. */
    public void answered(Prompt prompt, int index) {
        if (!isAlone()) {
            sessions.answered(prompt.options(), index);
        }
    }

    private boolean isCandidate(int index, long tried, MessagesRequest request) {
        Endpoint endpoint = endpoints.get(index);
        return (tried & 1L << index) == 0
                && endpoint.health().takesCalls()
                && endpoint.quotas().of(request.model()).pause(request).isZero();
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
            case NEAREST -> leastLoaded(from, request);
            case PRIORITY -> leastLoaded(mostWanted(from), request);
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
            int priority = endpoints.get(i).share().get().priority();
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
            sum += (candidates & 1L << i) == 0
                    ? 0
                    : endpoints.get(i).share().get().weight();
        }
        double drawn = chance.getAsDouble() * sum;
        int last = NONE;
        for (int i = 0; i < endpoints.size(); i++) {
            if ((candidates & 1L << i) != 0) {
                int weight = endpoints.get(i).share().get().weight();
                if (sum > 0 && weight > 0 && drawn < weight) {
                    return i;
                }
                drawn -= weight;
                last = last == NONE || weight > 0 ? i : last;
            }
        }
        return last;
    }

    /**
     * Of more than half of them, drawn at random, the one with the least load: latency × calls in flight, more where calls fail or
     * quota runs out. The draw keeps several bundles from choosing the same one; with fewer a large one could not get its share.
     */
    private int leastLoaded(long candidates, MessagesRequest request) {
        int count = Long.bitCount(candidates);
        long left = candidates;
        int best = NONE;
        for (int draws = count / 2 + 1; draws > 0 && left != 0; draws--) {
            int drawn = numbered(left, (int) (chance.getAsDouble() * Long.bitCount(left)));
            left &= ~(1L << drawn);
            best = best == NONE || isLessLoaded(drawn, best, request) ? drawn : best;
        }
        return best;
    }

    private static int numbered(long candidates, int number) {
        long left = candidates;
        for (int i = 0; i < number; i++) {
            left &= left - 1;
        }
        return Long.numberOfTrailingZeros(left);
    }

    private boolean isLessLoaded(int one, int other, MessagesRequest request) {
        boolean streamed = request.stream();
        long now = ticker.getAsLong();
        EndpointHealth ones = endpoints.get(one).health();
        EndpointHealth others = endpoints.get(other).health();
        double known = Math.max(ones.latency(streamed, now), others.latency(streamed, now));
        double ofOne = ones.load(streamed, ones.inFlight() == 0 ? 0 : known, now) / quotaShare(one, request);
        double ofOther = others.load(streamed, others.inFlight() == 0 ? 0 : known, now) / quotaShare(other, request);
        if (ofOne != ofOther) {
            return ofOne < ofOther;
        }
        return ones.inFlight() == others.inFlight() ? one < other : ones.inFlight() < others.inFlight();
    }

    /** 1 while enough of an endpoint's quota is left, and then less and less. */
    private double quotaShare(int index, MessagesRequest request) {
        double left = endpoints.get(index).quotas().of(request.model()).left();
        return Math.min(1, Math.max(LEAST_SHARE, left / SCARCE_QUOTA));
    }
}
