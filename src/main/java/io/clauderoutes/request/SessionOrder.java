package io.clauderoutes.request;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Lets the requests of one session go one after another, in the order in which they came. It remembers only those at work. */
public final class SessionOrder {

    private final LongSupplier ticker;
    private final ConcurrentHashMap<Key, Line> lines = new ConcurrentHashMap<>();

    private record Key(String tenant, String session) {}

    /** Those of one session that are at work or wait. */
    private static final class Line {
        private final Semaphore turn = new Semaphore(1, true);
        private int length;
    }

    public SessionOrder(LongSupplier ticker) {
        this.ticker = ticker;
    }

    /**
     * Waits until all that came before have ended.
     *
     * @return to be ended when this one has
     * @throws ClaudeException.TimedOut if its turn has not come by the deadline
     */
    public Turn await(String tenant, String session, long deadline) {
        Key key = new Key(tenant, session);
        Line line = lines.compute(key, (absent, held) -> {
            Line its = held == null ? new Line() : held;
            its.length++;
            return its;
        });
        try {
            if (line.turn.tryAcquire(Math.max(0, deadline - ticker.getAsLong()), TimeUnit.NANOSECONDS)) {
                return () -> {
                    line.turn.release();
                    leave(key);
                };
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        leave(key);
        throw new ClaudeException.TimedOut(
                ApiError.ours(
                        504,
                        "timeout_error",
                        "an earlier request of the same session was at work for longer than claude.call.deadline"),
                null);
    }

    private void leave(Key key) {
        lines.computeIfPresent(key, (same, line) -> --line.length == 0 ? null : line);
    }

    /** Sessions with a request at work. */
    public int size() {
        return lines.size();
    }

    /** The right to go. */
    @FunctionalInterface
    public interface Turn {
        /** The next may go. */
        void end();
    }
}
