package io.clauderoutes.call;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.endpoint.RequestFailures;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.CallSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides after each call of a request whether another one is made, and where: at another endpoint at once, or at the same one after
 * a wait. The loop ends with a reply, with a failure that another call cannot mend, with the first content that is delivered, or when
 * the attempts, the retry budget or the deadline are used up. A call whose credential was refused is made once more with the renewed
 * credential; that call does not count.
 */
final class CallLoop {

    private static final Logger LOG = LoggerFactory.getLogger(CallLoop.class);

    private final CallSettings settings;
    private final EndpointChoice choice;
    private final RetryRule retries;
    private final Hedging hedging;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;

    CallLoop(
            CallSettings settings,
            EndpointChoice choice,
            RetryRule retries,
            Hedging hedging,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.settings = settings;
        this.choice = choice;
        this.retries = retries;
        this.hedging = hedging;
        this.meters = meters;
        this.runtime = runtime;
    }

    /** Makes the calls of the request on this exchange. The failure that ends the loop stays on the exchange. */
    void run(Exchange exchange, Caller caller) {
        retries.called();
        hedging.called();
        RequestFailures failures = new RequestFailures();
        try {
            Run run = new Run(exchange, caller, failures);
            Optional<Endpoint> endpoint = Optional.of(choice.first(run.prompt));
            while (endpoint.isPresent()) {
                CallOutcome outcome = run.call(endpoint.get());
                endpoint = outcome.failure().flatMap(failure -> run.next(outcome, failure));
                if (exchange.getException() == null && endpoint.isEmpty()) {
                    choice.replied(run.prompt, outcome.endpoint());
                }
            }
        } finally {
            failures.count();
        }
    }

    /** Makes one call. */
    @FunctionalInterface
    interface Caller {
        CallOutcome call(Exchange exchange, Endpoint endpoint, CallTerms terms);
    }

    /** The calls of one request so far. */
    private final class Run {
        private final Exchange exchange;
        private final Caller caller;
        private final Request request;
        private final Prompt prompt;
        private final RequestFailures failures;
        private final long deadlineNanos;
        /** Since all endpoints were tried. */
        private final List<Endpoint> tried = new ArrayList<>();
        /** Whether a call waits for its endpoint, because no other endpoint is left. */
        private boolean waits;

        private boolean renewed;
        private int calls;

        private Run(Exchange exchange, Caller caller, RequestFailures failures) {
            this.exchange = exchange;
            this.caller = caller;
            this.request = Request.of(exchange);
            this.prompt = request.prompt();
            this.failures = failures;
            this.deadlineNanos = request.startedNanos() + settings.deadline().toNanos();
            this.waits = choice.isSingle() && !request.isRetriedByClient();
        }

        private CallTerms terms() {
            return CallTerms.alone(deadlineNanos, waits, failures);
        }

        private CallOutcome call(Endpoint endpoint) {
            Optional<Duration> delay = choice.isSingle() ? Optional.empty() : hedging.delay(request, calls);
            CallOutcome outcome = delay.isPresent()
                    ? new HedgedCall(hedging, delay.get(), meters, caller)
                            .make(exchange, endpoint, terms(), this::another)
                    : caller.call(exchange, endpoint, terms());
            if (renewed
                    || outcome.failure()
                            .filter(Failures::isWorthAnotherCredential)
                            .isEmpty()) {
                return outcome;
            }
            renewed = true;
            meters.calls().retried();
            clearFailure(exchange);
            return caller.call(exchange, outcome.endpoint(), terms());
        }

        private Optional<Endpoint> another(Endpoint first) {
            List<Endpoint> called = new ArrayList<>(tried);
            called.add(first);
            return choice.beside(prompt, called);
        }

        /** The endpoint of the next call after a failure; empty if no other call is made. */
        private Optional<Endpoint> next(CallOutcome outcome, ClaudeException failure) {
            exchange.setException(failure);
            boolean counts = outcome.made() || waits;
            calls += outcome.endpoints().size() - (counts ? 0 : 1);
            tried.addAll(outcome.endpoints());
            if (request.progress().isContentDelivered()
                    || calls == settings.retry().maxAttempts()
                    || runtime.ticker().getAsLong() - deadlineNanos >= 0
                    || !mayHelp(outcome, failure)) {
                return Optional.empty();
            }
            Optional<Endpoint> next = choice.next(prompt, tried);
            if (next.isPresent()) {
                LOG.info(
                        "prompt {}: endpoint {} failed ({}), {} is next",
                        prompt.id(),
                        outcome.endpoint().name(),
                        failure.type(),
                        next.get().name());
                meters.calls().failedOver();
            } else {
                if (!isRetriedHere(outcome, failure, counts)) {
                    return Optional.empty();
                }
                waits = true;
                tried.clear();
                next = Optional.of(choice.again(prompt, outcome.endpoint()));
            }
            meters.calls().retried();
            clearFailure(exchange);
            return next;
        }

        /** Whether a call is made again after all available endpoints were tried, once the wait before it is over. */
        private boolean isRetriedHere(CallOutcome outcome, ClaudeException failure, boolean counts) {
            if (isLeftToClient(failure) || (Failures.isKeptBack(failure) && counts)) {
                return false;
            }
            if (!counts) {
                // No endpoint was called: from now on the call waits for one.
                return true;
            }
            boolean unsentAtLimit = !outcome.made() && Failures.isLimit(failure);
            return !unsentAtLimit && Failures.isWorthARetry(failure) && waited(outcome.endpoint(), failure);
        }

        /** Whether the client waits and retries itself: it gets a limit at once, with the endpoint's retry-after. */
        private boolean isLeftToClient(ClaudeException failure) {
            return request.isRetriedByClient() || (request.isFromGateway() && Failures.isLimit(failure));
        }

        /** Waits before the next call; false if there is none. */
        private boolean waited(Endpoint endpoint, ClaudeException failure) {
            if (!choice.isSingle()
                    && Failures.isLimit(failure)
                    && failure.retryAfter().isPresent()) {
                // Each endpoint has a pause of its own, which the next call waits for.
                return true;
            }
            Optional<Duration> wait = retries.waitAfter(failure, calls, deadlineNanos);
            if (wait.isEmpty()) {
                return false;
            }
            LOG.info(
                    "prompt {}: call {} to endpoint {} failed ({}), next in {} ms",
                    prompt.id(),
                    calls,
                    endpoint.name(),
                    failure.type(),
                    wait.get().toMillis());
            return runtime.sleep().slept(wait.get(), request::isCancelled);
        }
    }

    /** Whether another call may succeed, at whichever endpoint. */
    private static boolean mayHelp(CallOutcome outcome, ClaudeException failure) {
        boolean withoutCredential = !outcome.made() && Failures.isCredentials(failure);
        return withoutCredential || Failures.isWorthARetry(failure);
    }

    /** Takes the failure of a call off the exchange, so that another call can be made. */
    static void clearFailure(Exchange exchange) {
        exchange.setException(null);
        exchange.removeProperty(Exchange.EXCEPTION_CAUGHT);
        exchange.getExchangeExtension().setFailureHandled(false);
        exchange.getExchangeExtension().setErrorHandlerHandled(null);
        exchange.getExchangeExtension().setRedeliveryExhausted(false);
    }
}
