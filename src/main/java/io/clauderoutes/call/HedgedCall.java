package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.Request;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.support.ExchangeHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A race of two calls of one request: the second is sent to another endpoint if the first gives no token for
 * {@code claude.call.hedge-after}. The first call that replies wins; the other is cancelled.
 */
final class HedgedCall {

    private static final Logger LOG = LoggerFactory.getLogger(HedgedCall.class);

    private final Hedging hedging;
    private final Duration delay;
    private final ClaudeMeters meters;
    private final CallLoop.Caller caller;

    /** @param delay how long the first call may give no token */
    HedgedCall(Hedging hedging, Duration delay, ClaudeMeters meters, CallLoop.Caller caller) {
        this.hedging = hedging;
        this.delay = delay;
        this.meters = meters;
        this.caller = caller;
    }

    /**
     * Makes the first call, and the second if it is needed.
     *
     * @param other chooses the endpoint of the second call
     */
    CallOutcome make(Exchange exchange, Endpoint first, CallTerms terms, Function<Endpoint, Optional<Endpoint>> other) {
        Attempt.Race race = new Attempt.Race();
        Exchange copy = ExchangeHelper.createCopy(exchange, false);
        Second second = new Second(() -> second(copy, first, terms.withoutWait(), race, other));
        CallOutcome outcome;
        try {
            outcome = caller.call(exchange, first, terms.in(race, second::startTimer));
        } finally {
            second.cancelTimer();
        }
        boolean firstReplied = race.isWonBy(first.name());
        if (outcome.failure().isEmpty() || firstReplied) {
            // The second call, if there is one, cancels itself: it is superseded.
            return outcome;
        }
        Optional<CallOutcome> ofSecond = second.outcome().filter(CallOutcome::made);
        if (ofSecond.isEmpty()) {
            return outcome;
        }
        CallLoop.clearFailure(exchange);
        exchange.getMessage().copyFrom(copy.getMessage());
        exchange.setException(copy.getException());
        return ofSecond.get().beside(first);
    }

    private Optional<CallOutcome> second(
            Exchange exchange,
            Endpoint first,
            CallTerms terms,
            Attempt.Race race,
            Function<Endpoint, Optional<Endpoint>> other) {
        Optional<Endpoint> endpoint = race.isWon() ? Optional.empty() : other.apply(first);
        if (endpoint.isEmpty() || !hedging.take()) {
            return Optional.empty();
        }
        String name = endpoint.get().name();
        Prompt prompt = Request.of(exchange).prompt();
        CallOutcome outcome = caller.call(exchange, endpoint.get(), terms.in(race, () -> {
            LOG.info("prompt {}: endpoint {} gives no token, {} is called too", prompt.id(), first.name(), name);
            meters.calls().hedged();
        }));
        if (race.isWonBy(name)) {
            meters.calls().hedgeWon();
        }
        return Optional.of(outcome);
    }

    /** The second call: it is made on a thread of its own when its time has come, or not at all. */
    private final class Second {
        private final Supplier<Optional<CallOutcome>> call;
        private final AtomicBoolean decided = new AtomicBoolean();
        private final CompletableFuture<Optional<CallOutcome>> outcome = new CompletableFuture<>();
        private volatile Optional<Future<?>> timer = Optional.empty();

        private Second(Supplier<Optional<CallOutcome>> call) {
            this.call = call;
        }

        private void startTimer() {
            timer = Optional.of(hedging.schedule(this::make, delay));
        }

        private void make() {
            if (decided.compareAndSet(false, true)) {
                try {
                    outcome.complete(call.get());
                } finally {
                    outcome.complete(Optional.empty());
                }
            }
        }

        private void cancelTimer() {
            timer.ifPresent(pending -> pending.cancel(false));
            if (decided.compareAndSet(false, true)) {
                outcome.complete(Optional.empty());
            }
        }

        /** Waits for the outcome; empty if the call was not made. */
        private Optional<CallOutcome> outcome() {
            return outcome.join();
        }
    }
}
