package io.clauderoutes.call;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.CallSettings;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Which requests may be hedged, when the second call is sent, and how many second calls the budget allows. */
final class Hedging {

    private final Duration after;
    private final int maxAttempts;
    private final RetryBudget budget;
    private final ScheduledExecutorService timer;
    private final Executor threads;

    Hedging(CallSettings settings, BundleRuntime runtime) {
        this.after = settings.hedgeAfter();
        this.maxAttempts = settings.maxAttempts();
        this.budget = new RetryBudget(settings.hedgeBudgetPercent());
        this.timer = runtime.threads().timer();
        this.threads = runtime.threads().perTask("claude-hedge");
    }

    /** A request is about to be called for the first time. */
    void called() {
        if (!after.isZero()) {
            budget.called();
        }
    }

    /**
     * Whether the next call of a request may be hedged. A whole reply has no first token to wait for. A session's request is not
     * hedged: its prompt is in the prompt cache of one endpoint, and would be paid for again at another.
     *
     * @param calls that were made
     */
    boolean isFor(Prompt prompt, int calls) {
        return !after.isZero()
                && calls + 2 <= maxAttempts
                && prompt.request().stream()
                && prompt.options().session().isEmpty();
    }

    /** Takes one second call out of the budget; false if none is left. */
    boolean take() {
        return budget.take();
    }

    /** Runs the second call after {@code claude.call.hedge-after}, on a thread of its own. */
    Future<?> schedule(Runnable call) {
        return timer.schedule(() -> threads.execute(call), after.toNanos(), TimeUnit.NANOSECONDS);
    }
}
