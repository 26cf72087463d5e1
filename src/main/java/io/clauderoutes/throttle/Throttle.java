package io.clauderoutes.throttle;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.prediction.Prediction;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.SessionOrder;
import io.clauderoutes.request.SessionOrder.Turn;
import io.clauderoutes.settings.ThrottleCost;
import io.clauderoutes.settings.ThrottleLimitSettings;
import io.clauderoutes.settings.ThrottleSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;

/**
 * Admits requests: one of a session after the other, so many per second and so many at the same time, altogether and per tenant. A
 * request holds its permit to the end of its stream, however that ends. A request that waits or is refused holds nothing.
 */
public final class Throttle {

    private static final int STOPPING_STATUS = 503;
    private static final String ALL = "claude.throttle";

    /** Exchange property: what this request holds. */
    private static final String PERMIT = "claudePermit";

    private final Duration deadline;
    private final ReplyPredictions predictions;
    private final Permits permits;
    private volatile Rates rates;
    private final SessionOrder sessions;
    private final ClaudeMeters meters;
    private final Map<Object, Long> waitingSince = new ConcurrentHashMap<>();
    private final LongSupplier ticker;
    private volatile boolean stopping;

    /**
     * Admits within limits.
     *
     * @param deadline of a request with all its calls and waits
     * @param predictions tell the cost of a request that waits
     */
    public Throttle(
            ThrottleSettings settings,
            Duration deadline,
            ReplyPredictions predictions,
            ClaudeMeters meters,
            LongSupplier ticker) {
        this.deadline = deadline;
        this.predictions = predictions;
        this.permits = new Permits(settings.inFlight(), inFlight(settings), ticker);
        this.rates = new Rates(
                settings.maxWait(),
                settings.cost(),
                new Rate(ALL, limit(settings), ticker),
                tenantRates(settings, Map.of(), ticker));
        this.sessions = new SessionOrder(ticker);
        this.meters = meters;
        this.ticker = ticker;
        meters.throttle().inFlight(permits::inFlight);
        meters.throttle().waiting(permits::waiting);
        meters.throttle().tenantsWaiting(permits::waitingTenants);
        meters.throttle().oldestWait(this::oldestWaitSeconds);
    }

    /** The token buckets in effect. */
    private record Rates(Duration maxWait, ThrottleCost cost, Rate all, Map<String, Rate> tenants) {}

    private static ThrottleLimitSettings limit(ThrottleSettings settings) {
        return new ThrottleLimitSettings(settings.inFlight(), settings.rate(), settings.capacity());
    }

    private static Map<String, Integer> inFlight(ThrottleSettings settings) {
        Map<String, Integer> limits = new HashMap<>();
        settings.tenants().forEach((name, limit) -> limits.put(name, limit.inFlight()));
        return limits;
    }

    private static Map<String, Rate> tenantRates(
            ThrottleSettings settings, Map<String, Rate> before, LongSupplier ticker) {
        Map<String, Rate> rates = new HashMap<>();
        settings.tenants().forEach((name, limit) -> {
            Rate old = before.get(name);
            rates.put(name, old != null && old.isFor(limit) ? old : new Rate(ALL + ".tenants." + name, limit, ticker));
        });
        return Map.copyOf(rates);
    }

    /** Uses other limits from now on. Requests that wait for a rate keep theirs; a rate that stays keeps its tokens. */
    public void use(ThrottleSettings settings) {
        Rates before = rates;
        ThrottleLimitSettings limit = limit(settings);
        rates = new Rates(
                settings.maxWait(),
                settings.cost(),
                before.all().isFor(limit) ? before.all() : new Rate(ALL, limit, ticker),
                tenantRates(settings, before.tenants(), ticker));
        permits.use(settings.inFlight(), inFlight(settings));
    }

    private double oldestWaitSeconds() {
        long now = ticker.getAsLong();
        return waitingSince.values().stream()
                        .mapToLong(start -> now - start)
                        .max()
                        .orElse(0)
                / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** The bundle stops: requests that wait, and those that come, are refused. */
    public void stop() {
        stopping = true;
    }

    private static ClaudeException isStopping() {
        return new ClaudeException.Unavailable(ApiError.ours(STOPPING_STATUS, "api_error", "the bundle is stopping")
                .withRetryAfter(Duration.ofSeconds(1)));
    }

    /** What a request holds. */
    private record Held(String tenant, Turn turn) {}

    /**
     * Admits a request, after a wait if need be. A request with tools is admitted for each of its rounds; its session waits for it until
     * its last round has ended, and a stop of the bundle lets it go on.
     *
     * @throws RateLimited if it is not admitted within {@code claude.throttle.wait}
     * @throws ClaudeException.TimedOut if an earlier request of its session takes longer than {@code claude.call.deadline}
     */
    public void enter(Exchange exchange) {
        Request request = Request.of(exchange);
        Prompt.Options options = request.prompt().options();
        boolean goesOn = request.progress().round() > 1;
        Turn turn = !goesOn
                        && !request.isFromGateway()
                        && options.conversation().session().isPresent()
                ? sessions.await(
                        options.tenant(),
                        options.conversation().session().get(),
                        request.startedNanos() + deadline.toNanos())
                : () -> {};
        long start = ticker.getAsLong();
        Object waiting = new Object();
        waitingSince.put(waiting, start);
        try {
            admit(request, start, rates, goesOn);
        } catch (RateLimited full) {
            turn.end();
            meters.throttle().rejected();
            throw stopping && !goesOn ? isStopping() : full;
        } finally {
            waitingSince.remove(waiting);
        }
        if (stopping && !goesOn) {
            turn.end();
            permits.giveBack(options.tenant());
            throw isStopping();
        }
        meters.throttle().waited(Duration.ofNanos(ticker.getAsLong() - start));
        exchange.setProperty(PERMIT, new Held(options.tenant(), overAllRounds(request, turn)));
        request.progress().admit();
    }

    private static Turn overAllRounds(Request request, Turn turn) {
        if (request.rounds().isEmpty()) {
            return turn;
        }
        request.rounds().get().onEnd(turn::end);
        return () -> {};
    }

    /** The tokens that the reply is expected to have; without a prediction, each request costs the same. */
    private long cost(Request request) {
        return predictions.of(request).map(Prediction::tokens).orElse(FairQueue.QUANTUM);
    }

    /** The share of the permits that are taken. */
    public double permitsUsed() {
        return permits.used();
    }

    private void admit(Request request, long start, Rates now, boolean goesOn) {
        BooleanSupplier cancelled = () -> (stopping && !goesOn) || request.isCancelled();
        long until = start + now.maxWait().toNanos();
        Rate rate = now.all();
        String tenant = request.prompt().options().tenant();
        long tokens = now.cost() == ThrottleCost.ONE
                ? 1
                : 1 + (request.prompt().request().estimatedInputTokens() - 1) / 1000;
        Rate tenantRate = now.tenants().get(tenant);
        if (tenantRate != null) {
            tenantRate.take(tokens, until, cancelled);
        }
        try {
            rate.take(tokens, until, cancelled);
            try {
                if (permits.take(tenant, () -> cost(request), until, cancelled)) {
                    meters.throttle().queuedTokens(tenant, cost(request));
                }
            } catch (RateLimited full) {
                rate.giveBack(tokens);
                throw full;
            }
        } catch (RateLimited full) {
            if (tenantRate != null) {
                tenantRate.giveBack(tokens);
            }
            throw full;
        }
    }

    /** Gives back what the request holds. */
    public void leave(Exchange exchange) {
        if (exchange.removeProperty(PERMIT) instanceof Held held) {
            permits.giveBack(held.tenant());
            held.turn().end();
        }
    }
}
