package io.clauderoutes.call;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.settings.CallSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** How long to wait before a call is made again to an endpoint that has failed, and whether at all. */
final class RetryRule {

    private final CallSettings settings;
    private final RetryBudget budget;
    private final LongSupplier ticker;
    private final Supplier<RandomGenerator> random;

    RetryRule(CallSettings settings, BundleRuntime runtime) {
        this.settings = settings;
        this.budget = new RetryBudget(settings.retry().budgetPercent());
        this.ticker = runtime.ticker();
        this.random = runtime.random();
    }

    /** A first call is made. */
    void called() {
        budget.called();
    }

    /**
     * The wait before the next call; empty if there is to be none.
     *
     * @param calls that were made so far
     * @param deadline of the request
     */
    Optional<Duration> waitAfter(ClaudeException failure, int calls, long deadline) {
        Optional<Duration> asked = failure.retryAfter();
        if (asked.isPresent() && asked.get().compareTo(settings.retry().retryAfterMax()) > 0) {
            return Optional.empty();
        }
        Duration wait = asked.orElseGet(() -> backOff(calls));
        return ticker.getAsLong() + wait.toNanos() - deadline > 0 || !budget.take()
                ? Optional.empty()
                : Optional.of(wait);
    }

    /** A random time up to a bound that doubles with each call. */
    private Duration backOff(int calls) {
        long most = settings.retry().firstDelay().toNanos() << Math.min(calls - 1, 20);
        long bound = Math.min(most, settings.retry().maxDelay().toNanos());
        return bound <= 0 ? Duration.ZERO : Duration.ofNanos(random.get().nextLong(bound + 1));
    }
}
