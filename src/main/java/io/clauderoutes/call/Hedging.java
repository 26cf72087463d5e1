package io.clauderoutes.call;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.prediction.Prediction;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.CallSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Which requests may be hedged, when the second call is sent, and how many second calls the budget allows. */
final class Hedging {

    /** Above this share of used permits, a second call would take the place of another request. */
    private static final double MOST_USED = 0.8;
    /** Replies that are measured before their times say when a call is late. */
    private static final long ENOUGH = 20;
    /** A call is never late before. */
    private static final Duration SHORTEST = Duration.ofMillis(50);

    private final Optional<Duration> after;
    private final CallPorts ports;
    private final int maxAttempts;
    private final RetryBudget budget;
    private final ScheduledExecutorService timer;
    private final Executor threads;

    Hedging(CallSettings settings, CallPorts ports, BundleRuntime runtime) {
        this.after = settings.hedge().after();
        this.ports = ports;
        this.maxAttempts = settings.retry().maxAttempts();
        this.budget = new RetryBudget(settings.hedge().budgetPercent());
        this.timer = runtime.threads().timer();
        this.threads = runtime.threads().perTask("claude-hedge");
    }

    /** A request is about to be called for the first time. */
    void called() {
        if (!isOff()) {
            budget.called();
        }
    }

    /**
     * Whether the next call of a request may be hedged. A whole reply has no first token to wait for. A session's request is not
     * hedged: its prompt is in the prompt cache of one endpoint, and would be paid for again at another.
     *
     * @param calls that were made
     * @return how long the call may give no token before the second is made; empty if there is none
     */
    Optional<Duration> delay(Request request, int calls) {
        Prompt prompt = request.prompt();
        if (isOff()
                || calls + 2 > maxAttempts
                || !prompt.request().stream()
                || prompt.options().conversation().session().isPresent()
                || ports.permitsUsed().getAsDouble() > MOST_USED) {
            return Optional.empty();
        }
        return after.isPresent() ? after : predicted(request);
    }

    private boolean isOff() {
        return after.isPresent() && after.get().isZero();
    }

    /** The time within which 95 of 100 such calls give their first token. */
    private Optional<Duration> predicted(Request request) {
        return ports.predictions()
                .of(request)
                .map(Prediction::firstToken)
                .filter(first -> first.replies() >= ENOUGH)
                .map(first -> first.longest().compareTo(SHORTEST) < 0 ? SHORTEST : first.longest());
    }

    /** Takes one second call out of the budget; false if none is left or too many permits are used meanwhile. */
    boolean take() {
        return ports.permitsUsed().getAsDouble() <= MOST_USED && budget.take();
    }

    /** Runs the second call after the delay, on a thread of its own. */
    Future<?> schedule(Runnable call, Duration delay) {
        return timer.schedule(() -> threads.execute(call), delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
