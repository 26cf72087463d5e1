package io.clauderoutes.undelivered;

import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.text.Printable;
import io.clauderoutes.undelivered.UndeliveredStore.Kept;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers kept replies to their sinks again, the oldest first, each sink on a thread of its own. After a failure the wait doubles
 * up to a maximum, less a random part.
 */
public final class DeliveryRetry {

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryRetry.class);
    /** A sink that does not take so many replies in a row is not offered the others. */
    private static final int MOST_FAILURES = 3;

    private static final double JITTER = 0.2;

    private final UndeliveredStore store;
    private final Sink sink;
    private final Duration firstDelay;
    private final Duration maxDelay;
    private final Executor threads;
    private final LongSupplier ticker;
    private final DoubleSupplier chance;
    private final Map<String, Wait> waits = new ConcurrentHashMap<>();
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    private record Wait(long untilNanos, Duration length) {}

    /** Hands a message to a sink. */
    @FunctionalInterface
    public interface Sink {
        /** Why the sink did not take it; empty if it did. */
        Optional<SinkFailed> offer(String name, String body, Map<String, Object> headers);
    }

    /**
     * Offers what a store keeps.
     *
     * @param firstDelay wait after the first failure
     * @param maxDelay longest wait
     * @param chance from 0 to 1
     */
    public DeliveryRetry(
            UndeliveredStore store,
            Sink sink,
            Duration firstDelay,
            Duration maxDelay,
            Executor threads,
            LongSupplier ticker,
            DoubleSupplier chance) {
        this.store = store;
        this.sink = sink;
        this.firstDelay = firstDelay;
        this.maxDelay = maxDelay;
        this.threads = threads;
        this.ticker = ticker;
        this.chance = chance;
    }

    /** Begins what is due. It is called several times a second. */
    public void round() {
        try {
            for (String name : store.sinks()) {
                Wait wait = waits.get(name);
                boolean due = wait == null || ticker.getAsLong() - wait.untilNanos() >= 0;
                if (due && busy.add(name)) {
                    threads.execute(() -> offerAll(name));
                }
            }
        } catch (SQLException unreadable) {
            LOG.debug("Kept replies cannot be read", unreadable);
        }
    }

    private void offerAll(String name) {
        int failures = 0;
        int delivered = 0;
        try {
            Optional<Kept> next = store.next(name, 0);
            while (next.isPresent() && failures < MOST_FAILURES) {
                Kept reply = next.get();
                Optional<SinkFailed> failure = sink.offer(name, reply.body(), reply.headers());
                if (failure.isEmpty()) {
                    store.delivered(reply.id());
                    delivered++;
                    LOG.info("sink {} took the kept reply of {}", name, Printable.line(reply.name()));
                } else {
                    store.failed(reply.id(), failure.get().reason());
                    failures++;
                }
                next = store.next(name, reply.id());
            }
        } catch (SQLException | RuntimeException failure) {
            LOG.warn("Kept replies of sink {} cannot be delivered now: {}", name, failure.toString());
            failures++;
        } finally {
            if (failures == 0) {
                waits.remove(name);
            } else {
                boolean some = delivered > 0;
                waits.compute(name, (its, last) -> some || last == null ? after(firstDelay) : after(doubled(last)));
            }
            busy.remove(name);
        }
    }

    private Duration doubled(Wait last) {
        Duration twice = last.length().multipliedBy(2);
        return twice.compareTo(maxDelay) < 0 ? twice : maxDelay;
    }

    private Wait after(Duration length) {
        long jitter = (long) (length.toNanos() * JITTER * chance.getAsDouble());
        return new Wait(ticker.getAsLong() + length.toNanos() - jitter, length);
    }
}
