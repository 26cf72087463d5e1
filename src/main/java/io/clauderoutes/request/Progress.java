package io.clauderoutes.request;

import io.clauderoutes.Reply;
import io.clauderoutes.prediction.Prediction;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What has become of a request so far. Each value has one writer: the throttle admits, the cache sets its outcome, the call stage
 * records attempts, the fan-out delivers. Any thread may read.
 */
public final class Progress {

    private final long startedNanos;
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile boolean admitted;
    private volatile CacheOutcome cache = CacheOutcome.BYPASS;
    private volatile Optional<Attempt> attempt = Optional.empty();
    private volatile OptionalLong firstContentNanos = OptionalLong.empty();
    private volatile Optional<Reply> reply = Optional.empty();
    private volatile boolean logged;
    private volatile boolean attempted;
    private volatile boolean contentDelivered;
    private final Set<String> redacted = ConcurrentHashMap.newKeySet();
    private volatile long outputCharacters;
    private volatile long lastEventNanos;
    private volatile Optional<Prediction> prediction = Optional.empty();
    private volatile Optional<StrategyChoice> strategy = Optional.empty();
    private volatile Round round = new Round(1, 0, true);

    Progress(long startedNanos) {
        this.startedNanos = startedNanos;
    }

    /**
     * A round.
     *
     * @param number from 1
     * @param paidMicroUsd cost of the rounds before, as far as it is known
     * @param known whether the cost of all of them is known
     */
    private record Round(int number, long paidMicroUsd, boolean known) {
        Round next(OptionalLong cost) {
            return new Round(number + 1, paidMicroUsd + cost.orElse(0), known && cost.isPresent());
        }
    }

    /** The throttle admits the request. */
    public void admit() {
        admitted = true;
    }

    /** Whether the throttle has admitted the request. */
    public boolean isAdmitted() {
        return admitted;
    }

    /** The cache has looked for the reply. */
    public void cache(CacheOutcome outcome) {
        cache = outcome;
    }

    public CacheOutcome cache() {
        return cache;
    }

    /** One more call to an endpoint begins. */
    public void begins(Attempt latest) {
        attempts.incrementAndGet();
        attempted = true;
        attempt = Optional.of(latest);
    }

    /** How many calls to endpoints began. */
    public int attempts() {
        return attempts.get();
    }

    /** The attempt replies: it decides the outcome of the request. */
    void decidedBy(Attempt winner) {
        attempt = Optional.of(winner);
    }

    /** The attempt that replied, or the latest one; empty if no call was made. */
    public Optional<Attempt> attempt() {
        return attempt;
    }

    /** The endpoint of {@link #attempt()}; empty text if no call was made. */
    public String endpoint() {
        return attempt.map(Attempt::endpoint).orElse("");
    }

    /** The endpoint's id for {@link #attempt()}; empty text if it gave none. */
    public String requestId() {
        return attempt.map(Attempt::requestId).orElse("");
    }

    /** The API's own headers of the response, by lower-case name. */
    public Map<String, String> responseHeaders() {
        return attempt.map(Attempt::responseHeaders).orElse(Map.of());
    }

    /**
     * What the calls that replied cost, one in each round, in micro-dollars; empty if no call was made or a cost is not known. Of a
     * request that fails, it is what its earlier rounds cost.
     */
    public OptionalLong costMicroUsd() {
        OptionalLong current = costOfAttempt();
        Round now = round;
        if (now.number() == 1) {
            return current;
        }
        if (!now.known() || (current.isEmpty() && reply.isPresent())) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(now.paidMicroUsd() + current.orElse(0));
    }

    private OptionalLong costOfAttempt() {
        return attempted
                ? attempt.map(its -> its.entry().costMicroUsd()).orElse(OptionalLong.empty())
                : OptionalLong.empty();
    }

    /** Another round of a request with tools begins: what was delivered before does not count for its calls. */
    public void nextRound() {
        round = round.next(costOfAttempt());
        attempted = false;
        reply = Optional.empty();
        contentDelivered = false;
        prediction = Optional.empty();
    }

    /** The reply of this round is predicted. */
    void predicted(Prediction its) {
        prediction = Optional.of(its);
    }

    /** The prediction for the reply of this round; empty if no stage has asked for it. */
    public Optional<Prediction> prediction() {
        return prediction;
    }

    /** The strategy {@code auto} has chosen a mode, or has changed it. */
    public void chose(StrategyChoice choice) {
        strategy = Optional.of(choice);
    }

    /** What the strategy {@code auto} chose; empty for any other strategy, and for a reply that came without a call. */
    public Optional<StrategyChoice> strategy() {
        return strategy;
    }

    /** Which call of the model this is in a request with tools, from 1. */
    public int round() {
        return round.number();
    }

    /** The first content of this round is delivered: from now on no call is made again. */
    public void delivered(long nowNanos) {
        if (firstContentNanos.isEmpty()) {
            firstContentNanos = OptionalLong.of(nowNanos);
        }
        contentDelivered = true;
    }

    /** An event of the reply has arrived. It is called by the thread that pulls the reply. */
    public void arrived(long nowNanos, int characters) {
        long before = outputCharacters;
        outputCharacters = before + characters;
        lastEventNanos = nowNanos;
    }

    /** Characters of text, thinking and inputs of tools that have arrived. */
    public long outputCharacters() {
        return outputCharacters;
    }

    /** When the last event of the reply arrived; empty before the first. */
    public OptionalLong lastEventNanos() {
        return outputCharacters == 0 && lastEventNanos == 0 ? OptionalLong.empty() : OptionalLong.of(lastEventNanos);
    }

    /** Something of the reply was redacted. */
    public void redacted(String kind) {
        redacted.add(kind);
    }

    /** The kinds that were redacted in the reply, in order. */
    public Set<String> redactedKinds() {
        return new TreeSet<>(redacted);
    }

    public boolean isContentDelivered() {
        return contentDelivered;
    }

    /** Time from the source to the first content that was delivered. */
    public Optional<Duration> timeToFirstToken() {
        OptionalLong first = firstContentNanos;
        return first.isPresent() ? Optional.of(Duration.ofNanos(first.getAsLong() - startedNanos)) : Optional.empty();
    }

    /** The reply is whole. */
    public void replied(Reply whole) {
        reply = Optional.of(whole);
    }

    /** The whole reply; empty until then. */
    public Optional<Reply> reply() {
        return reply;
    }

    /** The end of the request is logged and counted. */
    public void logged() {
        logged = true;
    }

    /** Whether the end of the request is logged and counted. */
    public boolean isLogged() {
        return logged;
    }
}
