package io.clauderoutes.throttle;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.ClaudeSettings.Cost;
import io.clauderoutes.ClaudeSettings.Limit;
import io.clauderoutes.message.ClaudeException.RateLimited;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.stream.Flight;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;

/**
 * What is let in at the same time and per second, altogether and per tenant. What a request was given it gives back when its
 * stream has ended, however it ended; who is turned away has taken nothing.
 */
public final class Throttle {

    /** Exchange property: what this request holds. */
    private static final String PERMIT = "claudePermit";

    private final Duration maxWait;
    private final Cost cost;
    private final Gate gate;
    private final Map<String, Gate> tenants = new HashMap<>();
    private final ClaudeMeters meters;
    private final LongSupplier ticker;

    public Throttle(ClaudeSettings.Throttle settings, ClaudeMeters meters, LongSupplier ticker) {
        this.maxWait = settings.maxWait();
        this.cost = settings.cost();
        this.gate = new Gate(
                "claude.throttle", new Limit(settings.inFlight(), settings.rate(), settings.capacity()), ticker);
        settings.tenants()
                .forEach(
                        (name, limit) -> tenants.put(name, new Gate("claude.throttle.tenants." + name, limit, ticker)));
        this.meters = meters;
        this.ticker = ticker;
        meters.requestsAtWork(gate::taken);
    }

    /**
     * Lets a request in, after a wait in order of arrival if need be.
     *
     * @throws RateLimited if its turn does not come within {@code claude.throttle.wait}
     */
    public void enter(Exchange exchange) {
        Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
        Prompt prompt = flight.prompt();
        long start = ticker.getAsLong();
        long deadline = start + maxWait.toNanos();
        long tokens = cost == Cost.ONE ? 1 : 1 + (prompt.request().estimatedInputTokens() - 1) / 1000;
        Deque<Gate> passed = new ArrayDeque<>(2);
        try {
            Gate tenant = tenants.get(prompt.options().tenant());
            if (tenant != null) {
                tenant.enter(tokens, deadline);
                passed.push(tenant);
            }
            gate.enter(tokens, deadline);
            passed.push(gate);
        } catch (RateLimited full) {
            passed.forEach(one -> one.leaveUnused(tokens));
            meters.rejectedByThrottle();
            throw full;
        }
        meters.throttled(Duration.ofNanos(ticker.getAsLong() - start));
        exchange.setProperty(PERMIT, passed);
        flight.letIn();
    }

    /** Gives back what the request was given. */
    public void leave(Exchange exchange) {
        if (exchange.removeProperty(PERMIT) instanceof Deque<?> passed) {
            passed.forEach(one -> ((Gate) one).leave());
        }
    }
}
