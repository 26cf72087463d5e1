package io.clauderoutes.call;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Reply;
import io.clauderoutes.message.Usage;
import io.clauderoutes.stream.Flight;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.processor.loadbalancer.LoadBalancerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where a call is made again. It tries endpoints in their order until one answers, the failure is not worth a
 * retry, something of the answer has been handed on, or the attempts, the budget or the deadline are used up.
 */
final class EndpointBalancer extends LoadBalancerSupport {

    private static final Logger LOG = LoggerFactory.getLogger(EndpointBalancer.class);

    private final ClaudeSettings.Call settings;
    private final List<String> names;
    private final List<Quota> quotas;
    private final RetryBudget budget;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final Sleeper sleeper;
    private final Supplier<RandomGenerator> random;

    /**
     * Balances over endpoints whose routes are added as processors in the same order.
     *
     * @param names the endpoints
     * @param quotas of each, in the same order
     */
    EndpointBalancer(
            ClaudeSettings.Call settings,
            List<String> names,
            List<Quota> quotas,
            ClaudeMeters meters,
            LongSupplier ticker,
            Sleeper sleeper,
            Supplier<RandomGenerator> random) {
        this.settings = settings;
        this.names = List.copyOf(names);
        this.quotas = List.copyOf(quotas);
        this.budget = new RetryBudget(settings.retryBudgetPercent());
        this.meters = meters;
        this.ticker = ticker;
        this.sleeper = sleeper;
        this.random = random;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        try {
            call(exchange, exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class));
        } catch (Exception failure) {
            exchange.setException(failure);
        }
        callback.done(true);
        return true;
    }

    private void call(Exchange exchange, Flight flight) {
        long deadline = flight.startedNanos() + settings.deadline().toNanos();
        budget.called();
        for (int attempt = 1; ; attempt++) {
            int index = (attempt - 1) % names.size();
            Optional<ClaudeException> failed = attempt(exchange, flight, index, deadline);
            if (failed.isEmpty()) {
                return;
            }
            ClaudeException failure = failed.get();
            exchange.setException(failure);
            if (flight.isContentDelivered()
                    || attempt == settings.maxAttempts()
                    || !Failures.isWorthARetry(failure)
                    || !waited(flight, index, attempt, failure, deadline)) {
                return;
            }
            meters.retried();
            forget(exchange);
        }
    }

    /** One call. Empty if it ended well, or failed for a reason that is not the call's and stays on the exchange. */
    private Optional<ClaudeException> attempt(Exchange exchange, Flight flight, int index, long deadline) {
        String name = names.get(index);
        Quota quota = quotas.get(index);
        exchange.getMessage().setBody(flight.prompt());
        Quota.Reservation reservation;
        try {
            pauseIsOver(quota, name, deadline);
            reservation = quota.reserve(flight.prompt().request(), deadline);
        } catch (ClaudeException.RateLimited full) {
            return Optional.of(full);
        }
        long start = ticker.getAsLong();
        flight.attempt(name, start);
        try {
            getProcessors().get(index).process(exchange);
        } catch (Exception thrown) {
            exchange.setException(thrown);
        }
        Duration took = Duration.ofNanos(ticker.getAsLong() - start);
        Exception outcome = exchange.getException();
        if (outcome == null) {
            quota.settle(reservation, flight.reply().map(Reply::usage).orElse(Usage.UNKNOWN));
            meters.called("messages", 200, took);
            return Optional.empty();
        }
        Optional<ClaudeException> failure = Failures.of(outcome, name);
        failure.ifPresent(cause -> {
            meters.called("messages", cause.status(), took);
            if (!flight.isContentDelivered()) {
                quota.giveBack(reservation);
            }
            if (cause instanceof ClaudeException.RateLimited && !cause.error().isSpendLimit()) {
                cause.retryAfter().ifPresent(quota::pause);
            }
        });
        return failure;
    }

    private void pauseIsOver(Quota quota, String name, long deadline) {
        Duration pause = quota.pause();
        if (pause.isZero()) {
            return;
        }
        if (pause.compareTo(settings.retryAfterMax()) > 0 || ticker.getAsLong() + pause.toNanos() - deadline > 0) {
            throw new ClaudeException.RateLimited(
                    ApiError.ours(429, "rate_limit_error", "endpoint " + name + " has asked for a pause")
                            .withRetryAfter(pause));
        }
        sleep(pause);
    }

    /** Waits before the next call; false if there is to be none. */
    private boolean waited(Flight flight, int index, int attempt, ClaudeException failure, long deadline) {
        Duration wait = failure.retryAfter().orElseGet(() -> backOff(attempt));
        if (wait.compareTo(settings.retryAfterMax()) > 0 && failure.retryAfter().isPresent()) {
            return false;
        }
        if (ticker.getAsLong() + wait.toNanos() - deadline > 0 || !budget.take()) {
            return false;
        }
        LOG.info(
                "prompt {}: call {} to endpoint {} failed ({}), next in {} ms",
                flight.prompt().id(),
                attempt,
                names.get(index),
                failure.type(),
                wait.toMillis());
        return sleep(wait);
    }

    /** A random time up to a bound that doubles with each call. */
    private Duration backOff(int attempt) {
        long most = settings.firstDelay().toNanos() << Math.min(attempt - 1, 20);
        long bound = Math.min(most, settings.maxDelay().toNanos());
        return bound <= 0 ? Duration.ZERO : Duration.ofNanos(random.get().nextLong(bound + 1));
    }

    private boolean sleep(Duration wait) {
        try {
            sleeper.sleep(wait);
            return true;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void forget(Exchange exchange) {
        exchange.setException(null);
        exchange.removeProperty(Exchange.EXCEPTION_CAUGHT);
        exchange.getExchangeExtension().setFailureHandled(false);
        exchange.getExchangeExtension().setErrorHandlerHandled(null);
        exchange.getExchangeExtension().setRedeliveryExhausted(false);
    }
}
