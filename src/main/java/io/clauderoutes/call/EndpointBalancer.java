package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.Usage;
import io.clauderoutes.call.Hedging.Second;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.endpoint.Quota;
import io.clauderoutes.call.endpoint.RequestFailures;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Flight;
import io.clauderoutes.settings.ClaudeSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.processor.loadbalancer.LoadBalancerSupport;
import org.apache.camel.support.ExchangeHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where a call is made again: at another endpoint at once, at the same one after a wait, until one answers, the
 * failure is not worth it, something of the answer has been handed on, or the attempts, the budget or the deadline are used up.
 * A call whose credential was refused is made once more with its successor, beside the attempts.
 */
final class EndpointBalancer extends LoadBalancerSupport {

    private static final Logger LOG = LoggerFactory.getLogger(EndpointBalancer.class);

    private final ClaudeSettings.Call settings;
    private final List<Endpoint> endpoints;
    private final EndpointChoice choice;
    private final RetryRule retries;
    private final Hedging hedging;
    private final CallRecorder books;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final SleepFunction sleeper;

    /**
     * Balances over endpoints whose routes are added as processors in the same order.
     *
     * @param endpoints that {@code choice} chooses from
     */
    EndpointBalancer(
            ClaudeSettings.Call settings,
            List<Endpoint> endpoints,
            EndpointChoice choice,
            RetryRule retries,
            Hedging hedging,
            CallRecorder books,
            ClaudeMeters meters,
            LongSupplier ticker,
            SleepFunction sleeper) {
        this.settings = settings;
        this.endpoints = List.copyOf(endpoints);
        this.choice = choice;
        this.retries = retries;
        this.hedging = hedging;
        this.books = books;
        this.meters = meters;
        this.ticker = ticker;
        this.sleeper = sleeper;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        try {
            Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
            RequestFailures failures = new RequestFailures();
            try {
                call(exchange, flight, failures);
            } finally {
                failures.count();
            }
        } catch (Exception failure) {
            exchange.setException(failure);
        }
        callback.done(true);
        return true;
    }

    private void call(Exchange exchange, Flight flight, RequestFailures failures) {
        long deadline = flight.startedNanos() + settings.deadline().toNanos();
        Prompt prompt = flight.prompt();
        retries.called();
        hedging.called();
        boolean renewed = false;
        boolean patient = choice.isAlone() && !flight.isRetriedByClient();
        long tried = 0;
        int calls = 0;
        int index = choice.first(prompt);
        while (true) {
            Attempt attempt = !choice.isAlone() && hedging.isFor(prompt, calls)
                    ? hedged(exchange, flight, failures, index, deadline, patient, tried)
                    : attempt(exchange, flight, failures, index, deadline, patient, () -> {});
            if (!renewed
                    && attempt.failure()
                            .filter(Failures::isWorthAnotherCredential)
                            .isPresent()) {
                renewed = true;
                meters.retried();
                forget(exchange);
                attempt = attempt(exchange, flight, failures, attempt.index(), deadline, patient, () -> {});
            }
            if (attempt.failure().isEmpty()) {
                return;
            }
            ClaudeException failure = attempt.failure().get();
            exchange.setException(failure);
            calls += (attempt.made() || patient ? 1 : 0) + (attempt.beside() == EndpointChoice.NONE ? 0 : 1);
            tried |= attempt.asked();
            index = attempt.index();
            if (flight.isContentDelivered()
                    || calls == settings.maxAttempts()
                    || ticker.getAsLong() - deadline >= 0
                    || !mayHelp(attempt, failure)) {
                return;
            }
            int next = choice.next(prompt, tried);
            if (next != EndpointChoice.NONE) {
                LOG.info(
                        "prompt {}: endpoint {} failed ({}), {} is next",
                        prompt.id(),
                        endpoints.get(index).name(),
                        failure.type(),
                        endpoints.get(next).name());
                meters.failedOver();
            } else if (isForTheClient(flight, failure)
                    || (Failures.isKeptBack(failure) && (attempt.made() || patient))) {
                return;
            } else {
                boolean hopeless = !attempt.made() && failure instanceof ClaudeException.RateLimited;
                if ((attempt.made() || patient)
                        && (hopeless
                                || !Failures.isWorthARetry(failure)
                                || !waited(flight, index, calls, failure, deadline))) {
                    return;
                }
                patient = true;
                tried = 0;
                next = choice.again(prompt, index);
            }
            meters.retried();
            forget(exchange);
            index = next;
        }
    }

    /** Whether the client waits and tries again itself: it gets a limit at once, with the wait that the endpoint asks for. */
    private static boolean isForTheClient(Flight flight, ClaudeException failure) {
        return flight.isRetriedByClient() || (flight.isFromClient() && failure instanceof ClaudeException.RateLimited);
    }

    /** Whether another call may go better, wherever it is made. */
    private static boolean mayHelp(Attempt attempt, ClaudeException failure) {
        boolean nothingToShow = !attempt.made() && failure instanceof ClaudeException.Unauthorized;
        return nothingToShow || Failures.isWorthARetry(failure);
    }

    /**
     * What came of an attempt.
     *
     * @param index of the endpoint
     * @param beside index of the endpoint that was asked at the same time and did not answer either; or NONE
     * @param made whether a call left; otherwise the endpoint was not asked
     * @param failure empty if it ended well, or failed for a reason that is not the call's and stays on the exchange
     */
    private record Attempt(int index, int beside, boolean made, Optional<ClaudeException> failure) {

        private Attempt(int index, boolean made, Optional<ClaudeException> failure) {
            this(index, EndpointChoice.NONE, made, failure);
        }

        private Attempt beside(int other) {
            return new Attempt(index, other, made, failure);
        }

        /** A bit for each endpoint. */
        private long asked() {
            return 1L << index | (beside == EndpointChoice.NONE ? 0 : 1L << beside);
        }
    }

    /** A call beside which the same is asked of another endpoint, if it gives no token for too long. */
    private Attempt hedged(
            Exchange exchange,
            Flight flight,
            RequestFailures failures,
            int index,
            long deadline,
            boolean patient,
            long tried) {
        Flight first = flight.call();
        Flight rival = first.rival();
        Exchange beside = ExchangeHelper.createCopy(exchange, false);
        exchange.setProperty(ClaudeHeaders.FLIGHT, first);
        beside.setProperty(ClaudeHeaders.FLIGHT, rival);
        Second<Attempt> second =
                hedging.second(() -> second(beside, first, rival, failures, deadline, tried | 1L << index));
        Attempt attempt;
        try {
            attempt = attempt(exchange, first, failures, index, deadline, patient, second::arm);
        } finally {
            exchange.setProperty(ClaudeHeaders.FLIGHT, flight);
            second.forgo();
        }
        if (attempt.failure().isEmpty() || first.isAnswering()) {
            // The other one, if there is any, has nothing to win any more: it ends by itself, and at once.
            return attempt;
        }
        Optional<Attempt> other = second.outcome();
        if (other.filter(Attempt::made).isEmpty()) {
            return attempt;
        }
        forget(exchange);
        exchange.getMessage().copyFrom(beside.getMessage());
        exchange.setException(beside.getException());
        return other.get().beside(index);
    }

    private Optional<Attempt> second(
            Exchange exchange, Flight first, Flight rival, RequestFailures failures, long deadline, long tried) {
        int index = first.isAnswering() ? EndpointChoice.NONE : choice.next(rival.prompt(), tried);
        if (index == EndpointChoice.NONE || !hedging.take()) {
            return Optional.empty();
        }
        Attempt attempt = attempt(exchange, rival, failures, index, deadline, false, () -> {
            LOG.info(
                    "prompt {}: endpoint {} gives no token, {} is asked too",
                    rival.prompt().id(),
                    first.endpoint(),
                    rival.endpoint());
            meters.hedged();
        });
        if (rival.isAnswering()) {
            meters.hedgeWon();
        }
        return Optional.of(attempt);
    }

    /**
     * Makes one call.
     *
     * @param patient whether to wait for the endpoint's quota, for there is nobody else
     * @param onLeave is run when the call leaves
     */
    private Attempt attempt(
            Exchange exchange,
            Flight flight,
            RequestFailures failures,
            int index,
            long deadline,
            boolean patient,
            Runnable onLeave) {
        Endpoint endpoint = endpoints.get(index);
        Quota quota = endpoint.quotas().of(flight.prompt().request().model());
        exchange.getMessage().setBody(flight.prompt());
        Quota.Reservation reservation;
        EndpointBreaker.Trial trial;
        try {
            if (flight.isForgone()) {
                throw Failures.unwanted(endpoint.name(), null);
            }
            if (flight.credential().isEmpty()) {
                endpoint.credential().await(deadline);
            }
            pauseIsOver(quota, endpoint.name(), flight, deadline, patient && !flight.isFromClient());
            reservation = quota.reserve(
                    flight.prompt().request(), patient ? deadline : ticker.getAsLong(), flight::isForgone);
            try {
                trial = endpoint.breaker()
                        .admit(flight::isAbandoned, patient || choice.isAlone() ? deadline : ticker.getAsLong());
                try {
                    flight.enteredAs(books.open(flight, endpoint.name()));
                } catch (ClaudeException notWritten) {
                    trial.close();
                    throw notWritten;
                }
            } catch (ClaudeException notMade) {
                quota.giveBack(reservation);
                throw notMade;
            }
        } catch (ClaudeException notNow) {
            return new Attempt(index, false, Optional.of(notNow));
        }
        long start = ticker.getAsLong();
        flight.attempt(endpoint.name(), start);
        endpoint.health().began(start);
        onLeave.run();
        exchange.setProperty(EndpointBreaker.TRIAL, trial);
        try (trial) {
            getProcessors().get(index).process(exchange);
        } catch (Exception thrown) {
            exchange.setException(thrown);
        } finally {
            exchange.removeProperty(EndpointBreaker.TRIAL);
        }
        endpoint.health().ended();
        if (!flight.isAnswering()) {
            if (flight.isOvertaken() || flight.isForgone()) {
                endpoint.health().givenUp();
            } else {
                endpoint.health().gaveNoToken();
            }
        }
        Duration took = Duration.ofNanos(ticker.getAsLong() - start);
        Exception outcome = exchange.getException();
        if (outcome == null) {
            flight.entry().ended();
            quota.settle(reservation, flight.reply().map(Reply::usage).orElse(Usage.UNKNOWN));
            endpoint.health().succeeded();
            failures.succeeded(endpoint);
            choice.answered(flight.prompt(), index);
            meters.called(endpoint.name(), "messages", 200, took);
            return new Attempt(index, true, Optional.empty());
        }
        Optional<ClaudeException> failure = Failures.of(outcome, endpoint.name());
        failure.ifPresentOrElse(
                cause -> flight.entry().failed(cause, Failures.mayHaveBeenSent(outcome)), flight.entry()::ended);
        failure.ifPresentOrElse(
                cause -> {
                    failed(endpoint, quota, reservation, flight, cause, took);
                    if (!Failures.isKeptBack(cause)) {
                        failures.failed(endpoint, cause, took);
                    }
                },
                () -> {
                    // The reply came and was paid for; what failed came after it.
                    endpoint.breaker().answered(took);
                    meters.called(endpoint.name(), "messages", 200, took);
                });
        return new Attempt(
                index, choice.isAlone() || failure.filter(Failures::isKeptBack).isEmpty(), failure);
    }

    private void failed(
            Endpoint endpoint,
            Quota quota,
            Quota.Reservation reservation,
            Flight flight,
            ClaudeException cause,
            Duration took) {
        // What was overtaken has been at work, and may count at the endpoint.
        if (!flight.isContentDelivered() && !cause.error().isOvertaken()) {
            quota.giveBack(reservation);
        }
        // Each caller with a credential of its own has limits of its own.
        if (cause instanceof ClaudeException.RateLimited
                && !cause.error().isSpendLimit()
                && flight.credential().isEmpty()) {
            cause.retryAfter()
                    .ifPresent(wait -> quota.pause(
                            wait, flight.prompt().request(), cause.error().headers()));
        }
        if (Failures.isEndpointsFault(cause, endpoint.name()) && !Failures.isKeptBack(cause)) {
            endpoint.health().failed(cause);
        }
        if (!Failures.isKeptBack(cause)) {
            meters.called(endpoint.name(), "messages", cause.status(), took);
        }
    }

    private void pauseIsOver(Quota quota, String name, Flight flight, long deadline, boolean patient) {
        Duration pause = quota.pause(flight.prompt().request());
        if (pause.isZero()) {
            return;
        }
        if (!patient
                || pause.compareTo(settings.retryAfterMax()) > 0
                || ticker.getAsLong() + pause.toNanos() - deadline > 0) {
            throw new ClaudeException.RateLimited(
                    ApiError.ours(429, "rate_limit_error", "endpoint " + name + " has asked for a pause")
                            .withRetryAfter(pause));
        }
        sleeper.slept(pause, flight::isForgone);
    }

    /** Waits before the next call; false if there is to be none. */
    private boolean waited(Flight flight, int index, int calls, ClaudeException failure, long deadline) {
        if (!choice.isAlone()
                && failure instanceof ClaudeException.RateLimited
                && failure.retryAfter().isPresent()) {
            // Each endpoint has a pause of its own, which the next call waits for.
            return true;
        }
        Optional<Duration> wait = retries.waitAfter(failure, calls, deadline);
        if (wait.isEmpty()) {
            return false;
        }
        LOG.info(
                "prompt {}: call {} to endpoint {} failed ({}), next in {} ms",
                flight.prompt().id(),
                calls,
                endpoints.get(index).name(),
                failure.type(),
                wait.get().toMillis());
        return sleeper.slept(wait.get(), flight::isForgone);
    }

    private static void forget(Exchange exchange) {
        exchange.setException(null);
        exchange.removeProperty(Exchange.EXCEPTION_CAUGHT);
        exchange.getExchangeExtension().setFailureHandled(false);
        exchange.getExchangeExtension().setErrorHandlerHandled(null);
        exchange.getExchangeExtension().setRedeliveryExhausted(false);
    }
}
