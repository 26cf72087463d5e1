package io.clauderoutes.call;

import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.ClaudeSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** When a request is sent a second time while its first call still gives no token, and whether at all. */
final class Hedging {

    private final Duration after;
    private final int maxAttempts;
    private final RetryBudget budget;
    private final ScheduledExecutorService scheduler;
    private final Executor threads;

    /**
     * Hedges as the settings say.
     *
     * @param scheduler only begins things
     * @param threads make calls
     */
    Hedging(ClaudeSettings.Call settings, ScheduledExecutorService scheduler, Executor threads) {
        this.after = settings.hedgeAfter();
        this.maxAttempts = settings.maxAttempts();
        this.budget = new RetryBudget(settings.hedgeBudgetPercent());
        this.scheduler = scheduler;
        this.threads = threads;
    }

    /** A request is on its way. */
    void called() {
        if (!after.isZero()) {
            budget.called();
        }
    }

    /**
     * Whether the next call of a request may be made twice. Where no stream is asked for there is no first token to wait for.
     * A session's request is sent once, for its prompt is cached where the session is, and would be paid for anew elsewhere.
     *
     * @param calls that were made
     */
    boolean isFor(Prompt prompt, int calls) {
        return !after.isZero()
                && calls + 2 <= maxAttempts
                && prompt.request().stream()
                && prompt.options().session().isEmpty();
    }

    /** Takes one second call out of the budget, if there is one. */
    boolean take() {
        return budget.take();
    }

    /** One second call, which nobody has asked for yet. */
    <T> Second<T> second(Supplier<Optional<T>> call) {
        return new Second<>(call);
    }

    /** A second call of a request, made on a thread of its own. */
    final class Second<T> {
        private final Supplier<Optional<T>> call;
        private final AtomicBoolean decided = new AtomicBoolean();
        private final CompletableFuture<Optional<T>> outcome = new CompletableFuture<>();
        private volatile Optional<Future<?>> timer = Optional.empty();

        private Second(Supplier<Optional<T>> call) {
            this.call = call;
        }

        /** The first call has left: from now on its time runs. */
        void arm() {
            timer = Optional.of(
                    scheduler.schedule(() -> threads.execute(this::make), after.toNanos(), TimeUnit.NANOSECONDS));
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

        /** It is not made any more, if it has not begun. */
        void forgo() {
            timer.ifPresent(its -> its.cancel(false));
            if (decided.compareAndSet(false, true)) {
                outcome.complete(Optional.empty());
            }
        }

        /** What came of it, when it is over; empty if it was not made. */
        Optional<T> outcome() {
            return outcome.join();
        }
    }
}
