package io.clauderoutes.call.endpoint;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.settings.BreakerSettings;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The circuit breaker of one endpoint. It counts requests: the success of a call, and the failure of a request that ended here,
 * once however many calls were made for it. While it is half-open a few trial calls may wait for their first event at the same
 * time; a call that has one, or that nobody waits for, makes room for the next.
 */
public final class EndpointBreaker {

    /** Exchange property: the circuit breaker's permission for the call. */
    public static final String TRIAL = "claudeTrial";

    private static final Logger LOG = LoggerFactory.getLogger(EndpointBreaker.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Duration SHORTEST_RETRY_AFTER = Duration.ofSeconds(1);

    private final String endpoint;
    private final BreakerSettings settings;
    private final CircuitBreaker breaker;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Trial> trials = new HashSet<>();
    private State state = State.CLOSED;
    private long sinceNanos;
    private boolean goodEvent;

    /** @param onOpen is run when the breaker opens */
    public EndpointBreaker(String endpoint, BreakerSettings settings, Runnable onOpen, LongSupplier ticker) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.ticker = ticker;
        this.breaker = CircuitBreaker.of(
                "claude-" + endpoint,
                CircuitBreakerConfig.custom()
                        .failureRateThreshold(settings.failurePercent())
                        .slidingWindowType(SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(settings.window())
                        .minimumNumberOfCalls(Math.min(settings.minCalls(), settings.window()))
                        // The times of the states are kept here, so that they pass without a call as well.
                        .waitDurationInOpenState(Duration.ofDays(1))
                        .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
                        .recordException(RequestFailed.class::isInstance)
                        .ignoreException(failure -> !(failure instanceof RequestFailed))
                        .build());
        breaker.getEventPublisher().onStateTransition(event -> {
            changed(event.getStateTransition().getToState());
            if (event.getStateTransition().getToState() == State.OPEN) {
                onOpen.run();
            }
        });
    }

    /** A request has failed at the endpoint; the only failure that the breaker counts. */
    private static final class RequestFailed extends Exception {
        private static final long serialVersionUID = 1;

        RequestFailed(ClaudeException cause) {
            super(cause.type(), cause, false, false);
        }
    }

    private void changed(State to) {
        lock.lock();
        try {
            state = to;
            sinceNanos = ticker.getAsLong();
            goodEvent = false;
            trials.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.info("Endpoint {}: circuit breaker {}", endpoint, to.name().toLowerCase(Locale.ROOT));
    }

    /** What the circuit breaker step of the endpoint's route works with. */
    public CircuitBreaker resilience() {
        return breaker;
    }

    /** The state now. An open breaker becomes half-open after its time, and a half-open one is decided after its time. */
    public State state() {
        pass();
        return breaker.getState();
    }

    /** How long the state has lasted. */
    public Duration lasting() {
        lock.lock();
        try {
            return Duration.ofNanos(ticker.getAsLong() - sinceNanos);
        } finally {
            lock.unlock();
        }
    }

    public boolean isOpen() {
        return state() == State.OPEN;
    }

    private void pass() {
        State now = breaker.getState();
        if (now != State.OPEN && now != State.HALF_OPEN) {
            return;
        }
        State next;
        lock.lock();
        try {
            long age = ticker.getAsLong() - sinceNanos;
            if (state == State.OPEN && age >= settings.open().toNanos()) {
                next = State.HALF_OPEN;
            } else if (state == State.HALF_OPEN && age >= settings.halfOpen().toNanos()) {
                next = goodEvent ? State.CLOSED : trials.isEmpty() ? State.HALF_OPEN : State.OPEN;
            } else {
                return;
            }
            // Taken as done before it is, so that only one thread does it.
            sinceNanos = ticker.getAsLong();
        } finally {
            lock.unlock();
        }
        switch (next) {
            case HALF_OPEN -> {
                if (breaker.getState() == State.OPEN) {
                    breaker.transitionToHalfOpenState();
                }
            }
            case OPEN -> {
                if (breaker.getState() == State.HALF_OPEN) {
                    breaker.transitionToOpenState();
                }
            }
            default -> {
                if (breaker.getState() == State.HALF_OPEN) {
                    breaker.transitionToClosedState();
                }
            }
        }
    }

    /** Starts afresh. */
    public void reset() {
        breaker.reset();
    }

    /**
     * Asks for permission to call.
     *
     * @param abandoned whether the call is no longer needed
     * @param deadline until when a place among the trial calls is waited for, in the ticker's time
     * @return to be closed when the call is over
     * @throws ClaudeException.Unavailable if the breaker is open, or there is no place among the trial calls
     */
    public Trial admit(BooleanSupplier abandoned, long deadline) {
        while (true) {
            switch (state()) {
                case OPEN, FORCED_OPEN -> throw refused(untilHalfOpen());
                case HALF_OPEN -> {
                    Trial trial = trial(abandoned, deadline);
                    if (trial != null) {
                        return trial;
                    }
                }
                default -> {
                    return new Trial(abandoned);
                }
            }
        }
    }

    private Duration untilHalfOpen() {
        lock.lock();
        try {
            return Duration.ofNanos(sinceNanos + settings.open().toNanos() - ticker.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    /** A place among the trial calls; null if the state has to be looked at again. */
    private Trial trial(BooleanSupplier abandoned, long deadline) {
        lock.lock();
        try {
            long lookAgain = ticker.getAsLong() + LOOK_NANOS;
            while (state == State.HALF_OPEN) {
                trials.removeIf(trial -> trial.abandoned.getAsBoolean());
                if (trials.size() < settings.trialCalls()) {
                    Trial trial = new Trial(abandoned);
                    trials.add(trial);
                    return trial;
                }
                if (abandoned.getAsBoolean()) {
                    throw Failures.unwanted(endpoint, null);
                }
                long now = ticker.getAsLong();
                if (deadline - now <= 0) {
                    throw refused(SHORTEST_RETRY_AFTER);
                }
                if (lookAgain - now <= 0) {
                    return null;
                }
                changed.awaitNanos(Math.min(deadline, lookAgain) - now);
            }
            return null;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw refused(SHORTEST_RETRY_AFTER);
        } finally {
            lock.unlock();
        }
    }

    private ClaudeException refused(Duration retryAfter) {
        return new ClaudeException.Unavailable(
                ApiError.ours(
                                503,
                                "api_error",
                                "the circuit breaker of endpoint " + endpoint
                                        + " is open: its last requests failed (claude.endpoints." + endpoint
                                        + ".breaker-*)")
                        .withRetryAfter(
                                retryAfter.compareTo(SHORTEST_RETRY_AFTER) < 0 ? SHORTEST_RETRY_AFTER : retryAfter),
                new NotAdmitted());
    }

    /** The breaker kept a call from being made. */
    static final class NotAdmitted extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotAdmitted() {
            super("the circuit breaker is open", null, false, false);
        }
    }

    /** Makes a call for which nothing waits. Its success is counted here, its failure is not. */
    public <T> T call(Callable<T> call) throws Exception {
        try (Trial trial = admit(() -> false, ticker.getAsLong())) {
            return breaker.executeCallable(() -> {
                trial.began();
                T answer = call.call();
                trial.sawGoodEvent();
                return answer;
            });
        }
    }

    /** The endpoint has answered, although the request failed for another reason. */
    public void answered(Duration took) {
        breaker.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** A request has failed here by the endpoint's fault. */
    void failed(ClaudeException failure, Duration took) {
        breaker.onError(took.toNanos(), TimeUnit.NANOSECONDS, new RequestFailed(failure));
    }

    /** The permission for one call. In a half-open breaker it takes a place among the trial calls until its first good event. */
    public final class Trial implements AutoCloseable {
        private final BooleanSupplier abandoned;

        private Trial(BooleanSupplier abandoned) {
            this.abandoned = abandoned;
        }

        /** The call is being made: the places are counted here, so the breaker's own permit is given back at once. */
        public void began() {
            if (breaker.getState() == State.HALF_OPEN) {
                breaker.releasePermission();
            }
        }

        /** The endpoint has answered with an event, or with a whole reply. */
        public void sawGoodEvent() {
            lock.lock();
            try {
                if (trials.remove(this)) {
                    goodEvent = true;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (trials.remove(this)) {
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
