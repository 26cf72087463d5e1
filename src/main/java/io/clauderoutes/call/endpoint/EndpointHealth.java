package io.clauderoutes.call.endpoint;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.EndpointState.Kind;
import io.clauderoutes.settings.HealthSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one endpoint is, by its calls and by probes: in, out, or in a slow start. Calls only count and compare; the state changes
 * under a lock that nobody waits in, with one line in the log. An endpoint that is alone is always in, because there is nothing to
 * choose.
 */
public final class EndpointHealth {

    private static final Logger LOG = LoggerFactory.getLogger(EndpointHealth.class);
    private static final Duration NO_HOLD = Duration.ZERO;
    /** In a slow start there is no patience. */
    private static final int SLOW_START_FAILURES = 2;
    /** So few waiting calls prove no silence. */
    private static final int WAITING_CALLS = 5;

    /** So long without a first token is reported where no usual time is known, and at least. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private static final Duration WATCH_PROBES = Duration.ofSeconds(1);
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(2);
    private static final int USUAL_TIMES = 3;
    private static final int SHARE_OF_JITTER = 10;
    /** However often calls fail, the load counts as no more than so many times what it is. */
    private static final double LEAST_SHARE = 0.01;

    private final String name;
    private final HealthSettings settings;
    private final boolean alone;
    private final Runnable onBack;
    private final DoubleSupplier chance;
    private final LongSupplier ticker;
    private final LatencyEstimate streamed = new LatencyEstimate();
    private final LatencyEstimate whole = new LatencyEstimate();
    private final PeakLatency streamedPeak = new PeakLatency();
    private final PeakLatency wholePeak = new PeakLatency();
    private final FailureShare failureShare = new FailureShare();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    /** Why an endpoint that is alone answers no call; null while it does. It is called all the same. */
    private final AtomicReference<Failing> failing = new AtomicReference<>();
    /** The failures since the last call that succeeded; null if there are none. */
    private final AtomicReference<FailedCalls> failedCalls = new AtomicReference<>();
    /** The same of the probes that only inform an operator who looks. */
    private final AtomicReference<FailedCalls> failedProbes = new AtomicReference<>();
    /** When the endpoint refused our credential first; null while it does not. */
    private final AtomicReference<Long> refusedNanos = new AtomicReference<>();

    private final AtomicReference<EndpointState> state;
    private volatile boolean usable = true;
    private volatile long watchedUntilNanos;
    private volatile long aliveNanos;
    private volatile long answeredNanos;
    private volatile long givenUpNanos;
    private int goodProbes;
    private int badProbes;

    /**
     * An endpoint that is in.
     *
     * @param onBack is run when it comes back in
     * @param chance from 0 to 1
     */
    public EndpointHealth(
            String name,
            HealthSettings settings,
            boolean alone,
            Runnable onBack,
            DoubleSupplier chance,
            LongSupplier ticker) {
        this.name = name;
        this.settings = settings;
        this.alone = alone;
        this.onBack = onBack;
        this.chance = chance;
        this.ticker = ticker;
        long now = ticker.getAsLong();
        this.state = new AtomicReference<>(new EndpointState(Kind.AVAILABLE, "", now, now, NO_HOLD));
        this.aliveNanos = now;
        this.answeredNanos = now;
        this.givenUpNanos = now;
        this.watchedUntilNanos = now;
    }

    public EndpointState state() {
        return state.get();
    }

    /** Whether calls may be made: it is not out, and its credential has something to show. */
    public boolean takesCalls() {
        return !state().isEjected() && usable;
    }

    /** The credential has something to show, or has not. */
    public void usable(boolean now) {
        usable = now;
    }

    /** What an endpoint that is alone does wrong, and since when. */
    private record Failing(String why, long sinceNanos) {}

    /** For how long no call of an endpoint that is alone has succeeded; empty while calls or probes succeed. */
    public Optional<Duration> failingFor() {
        Failing now = failing.get();
        return now == null ? Optional.empty() : Optional.of(Duration.ofNanos(ticker.getAsLong() - now.sinceNanos()));
    }

    /** Why no call of an endpoint that is alone succeeds, and for how long; empty while calls or probes succeed. */
    public Optional<String> failing() {
        Failing now = failing.get();
        return now == null
                ? Optional.empty()
                : Optional.of(now.why() + ", for "
                        + Duration.ofNanos(ticker.getAsLong() - now.sinceNanos())
                                .toSeconds() + " s");
    }

    /**
     * Calls that failed one after the other.
     *
     * @param why the last of them failed
     */
    public record FailedCalls(int count, long sinceNanos, String why) {}

    /** The calls that failed since the last success; empty if there are none. */
    public Optional<FailedCalls> failedCalls() {
        return Optional.ofNullable(failedCalls.get());
    }

    /** An operator looks at the endpoint, until a time: it is probed each second while it is idle. These probes only inform. */
    public void watch(long untilNanos) {
        if (!isWatched()) {
            failedProbes.set(null);
        }
        watchedUntilNanos = untilNanos;
    }

    private boolean isWatched() {
        return watchedUntilNanos - ticker.getAsLong() > 0;
    }

    /** Whether a probe for an operator who looks is due, so long after the last one. */
    public boolean isWatchProbeDue(long lastProbeNanos) {
        long now = ticker.getAsLong();
        return isWatched()
                && now - lastProbeNanos >= WATCH_PROBES.toNanos()
                && now - answeredNanos >= WATCH_PROBES.toNanos();
    }

    /** A probe for an operator went well. */
    public void watchedWell() {
        failedProbes.set(null);
    }

    /** A probe for an operator did not. */
    public void watchedBadly(String why) {
        failedProbes.updateAndGet(before -> next(before, why));
    }

    /** The probes for an operator that failed since the last success; empty if there are none. */
    public Optional<FailedCalls> failedProbes() {
        return Optional.ofNullable(failedProbes.get());
    }

    /** How many calls wait for their first token. */
    public int waiting() {
        return waiting.get();
    }

    /** How many calls have begun and not ended. */
    public int callsInFlight() {
        return inFlight.get();
    }

    /** How long calls have waited without a sign of life, if that is unusually long. */
    public Optional<Duration> silence() {
        long silent = silentFor(ticker.getAsLong(), 1);
        long usual = Math.max(streamed.usually(), whole.usually());
        long most = usual == 0 ? SILENCE.toNanos() : Math.max(SHORTEST_SILENCE.toNanos(), USUAL_TIMES * usual);
        return silent > most ? Optional.of(Duration.ofNanos(silent)) : Optional.empty();
    }

    private void failedCall(String why) {
        failedCalls.updateAndGet(before -> next(before, why));
    }

    private FailedCalls next(FailedCalls before, String why) {
        return before == null
                ? new FailedCalls(1, ticker.getAsLong(), why)
                : new FailedCalls(before.count() + 1, before.sinceNanos(), why);
    }

    private void answersAgain() {
        if (failing.get() != null && failing.getAndSet(null) != null) {
            LOG.info("endpoint {} answers again", name);
        }
    }

    /** The endpoint has refused our credential (401), or has taken it. */
    public void credential(boolean refused) {
        if (refused) {
            if (refusedNanos.compareAndSet(null, ticker.getAsLong())) {
                LOG.warn("endpoint {} refuses its credential (401)", name);
            }
        } else if (refusedNanos.get() != null && refusedNanos.getAndSet(null) != null) {
            LOG.info("endpoint {} takes its credential again", name);
        }
    }

    /** How long the endpoint has refused our credential; empty while it does not. */
    public Optional<Duration> refused() {
        Long since = refusedNanos.get();
        return since == null ? Optional.empty() : Optional.of(Duration.ofNanos(ticker.getAsLong() - since));
    }

    public LatencyEstimate pace(boolean ofStreams) {
        return ofStreams ? streamed : whole;
    }

    /** A call leaves. */
    public void began(long now) {
        inFlight.incrementAndGet();
        if (waiting.getAndIncrement() == 0) {
            aliveNanos = now;
        }
    }

    /** The first token of a call, or the whole of an answer that is no stream, has come. */
    public void firstToken(long tookNanos, boolean ofStream) {
        long now = ticker.getAsLong();
        waiting.decrementAndGet();
        aliveNanos = now;
        pace(ofStream).record(tookNanos, now);
        (ofStream ? streamedPeak : wholePeak).record(tookNanos, now);
    }

    /** A call was cancelled before its reply began, which is no sign of life. */
    public void cancelled() {
        waiting.decrementAndGet();
    }

    /** Nothing could be heard for a while, which is not the endpoint's silence. */
    public void stoodStill() {
        aliveNanos = ticker.getAsLong();
    }

    /** A call that had not begun to answer has ended. */
    public void gaveNoToken() {
        waiting.decrementAndGet();
        aliveNanos = ticker.getAsLong();
    }

    /** A call is over, well or not. */
    public void ended() {
        inFlight.decrementAndGet();
    }

    int inFlight() {
        return inFlight.get();
    }

    /**
     * What one more call would have to expect: latency × calls in flight, more where calls fail. 0 if nothing was measured.
     *
     * @param assumedNanos the latency where none was measured while calls are in flight
     */
    double load(boolean ofStream, double assumedNanos, long now) {
        double latency = Math.max(latency(ofStream, now), (double) silentFor(now));
        double counted = latency == 0 ? assumedNanos : latency;
        double well = 1 - failureShare.of(now);
        return counted * (inFlight.get() + 1) / Math.max(LEAST_SHARE, well * well);
    }

    /** The estimated latency in nanoseconds; 0 if nothing was measured. */
    double latency(boolean ofStream, long now) {
        return (ofStream ? streamedPeak : wholePeak).nanos(now);
    }

    /** A call went well. */
    public void succeeded() {
        failureShare.record(false, ticker.getAsLong());
        if (failedCalls.get() != null) {
            failedCalls.set(null);
        }
        if (failedProbes.get() != null) {
            failedProbes.set(null);
        }
        if (failures.get() != 0) {
            failures.set(0);
        }
        answeredNanos = ticker.getAsLong();
        answersAgain();
    }

    /** A call failed by the endpoint's fault. */
    public void failed(ClaudeException failure) {
        failureShare.record(true, ticker.getAsLong());
        failedCall(failure.error().message());
        int inARow = failures.incrementAndGet();
        int most = state().kind() == Kind.SLOW_START
                ? Math.min(SLOW_START_FAILURES, settings.failures())
                : settings.failures();
        if (alone && inARow >= most) {
            Failing now = new Failing(
                    "the last " + settings.failures() + " calls or more failed: "
                            + failure.error().message(),
                    ticker.getAsLong());
            if (failing.compareAndSet(null, now)) {
                LOG.warn("endpoint {} answers no calls: {}", name, now.why());
            }
        }
        if (inARow >= most && !state().isEjected()) {
            out(inARow + " calls in a row failed, the last with " + failure.type());
        }
    }

    /** Its circuit breaker has opened. */
    public void breakerOpened() {
        out("its circuit breaker is open");
    }

    /** How long calls have waited without a sign of life; 0 where too few wait to tell. */
    long silentFor(long now) {
        return silentFor(now, WAITING_CALLS);
    }

    private long silentFor(long now, int enough) {
        return waiting.get() < enough ? 0 : Math.max(0, now - aliveNanos);
    }

    /** Whether a call that left at this time is better made elsewhere. */
    public boolean hasGivenUp(long leftNanos) {
        return !alone && leftNanos - givenUpNanos < 0;
    }

    /**
     * Does what time brings.
     *
     * @param elsewhere whether another endpoint takes calls
     */
    public void look(boolean elsewhere) {
        long now = ticker.getAsLong();
        EndpointState held = state();
        if (held.kind() == Kind.SLOW_START && now - held.untilNanos() >= 0) {
            change(held, new EndpointState(Kind.AVAILABLE, "", now, now, held.hold()), "is available");
        }
        if (held.isEjected() && settings.probe().path().isEmpty() && now - held.untilNanos() >= 0) {
            back(held);
        }
        // After the ejection, the few calls that began before it are stuck too.
        long silent = held.isEjected() ? silentFor(now, 1) : silentFor(now);
        if (elsewhere && isTooLong(silent)) {
            givenUpNanos = now;
            out("nothing has come for " + Duration.ofNanos(silent).toMillis() + " ms while " + waiting.get()
                    + " calls wait");
        }
    }

    private boolean isTooLong(long silent) {
        long usual = Math.max(streamed.usually(), whole.usually());
        return usual > 0 && silent > Math.max(settings.silence().toNanos(), usual + usual / 2);
    }

    /** Whether a probe is due, so long after the last one. */
    public boolean isProbeDue(long lastProbeNanos, double jitter) {
        long now = ticker.getAsLong();
        boolean down = refusedNanos.get() != null || failing.get() != null;
        if (alone && !down) {
            return false;
        }
        boolean ill = state().isEjected() || badProbes() > 0 || down;
        Duration interval =
                ill ? settings.probe().intervalOut() : settings.probe().interval();
        long due = (long) (interval.toNanos() * jitter);
        boolean idle = now - answeredNanos >= due;
        return now - lastProbeNanos >= due && (ill || idle);
    }

    private synchronized int badProbes() {
        return badProbes;
    }

    /** A probe went well. */
    public synchronized void probedWell() {
        badProbes = 0;
        goodProbes++;
        if (alone) {
            failures.set(0);
            failedCalls.set(null);
            answersAgain();
        }
        EndpointState held = state();
        if (held.isEjected() && goodProbes >= settings.goodProbes() && ticker.getAsLong() - held.untilNanos() >= 0) {
            back(held);
        }
    }

    /** A probe did not. */
    public synchronized void probedBadly(String why) {
        goodProbes = 0;
        badProbes++;
        if (badProbes >= Math.max(1, settings.goodProbes())) {
            out(badProbes + " probes failed, the last with " + why);
        }
    }

    private synchronized void out(String why) {
        EndpointState held = state();
        if (alone || held.isEjected()) {
            return;
        }
        long now = ticker.getAsLong();
        Duration hold = settings.hold();
        if (!held.hold().isZero() && now - held.untilNanos() < held.hold().toNanos()) {
            hold = shorter(held.hold().multipliedBy(2), settings.holdMax());
        }
        goodProbes = 0;
        long jitter = (long) ((double) hold.toNanos() / SHARE_OF_JITTER * chance.getAsDouble());
        change(
                held,
                new EndpointState(Kind.EJECTED, why, now, now + hold.toNanos() - jitter, hold),
                "is ejected: " + why + "; for at least "
                        + Duration.ofNanos(hold.toNanos() - jitter).toMillis() + " ms");
    }

    private static Duration shorter(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }

    private void back(EndpointState held) {
        long now = ticker.getAsLong();
        EndpointState slow = new EndpointState(
                Kind.SLOW_START, "", now, now + settings.slowStart().toNanos(), held.hold());
        failures.set(0);
        failedCalls.set(null);
        streamed.reset();
        whole.reset();
        streamedPeak.reset();
        wholePeak.reset();
        failureShare.reset();
        if (change(
                held,
                slow,
                "has recovered: slow start of " + settings.slowStart().toMillis() + " ms")) {
            onBack.run();
        }
    }

    private boolean change(EndpointState from, EndpointState to, String line) {
        boolean changed = state.compareAndSet(from, to);
        if (changed) {
            LOG.info("endpoint {} {}", name, line);
        }
        return changed;
    }
}
