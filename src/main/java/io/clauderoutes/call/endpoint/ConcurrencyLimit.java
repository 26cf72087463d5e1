package io.clauderoutes.call.endpoint;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.settings.ConcurrencySettings;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Permits for the calls that one endpoint has in flight, up to a fixed limit or one that is adapted to the endpoint. Who asks first
 * gets a permit first. The lock is held for no call.
 */
public final class ConcurrencyLimit {

    private final String endpoint;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final GradientLimit gradient;
    private ConcurrencySettings settings;
    private int inFlight;

    /** A call that waits for its permit. */
    private static final class Waiting {
        private final Condition granted;
        private final IntSupplier cap;
        private final long sinceNanos;
        private boolean isGranted;

        Waiting(Condition granted, IntSupplier cap, long sinceNanos) {
            this.granted = granted;
            this.cap = cap;
            this.sinceNanos = sinceNanos;
        }
    }

    public ConcurrencyLimit(String endpoint, ConcurrencySettings settings, LongSupplier ticker) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.ticker = ticker;
        this.gradient = new GradientLimit(settings, ticker.getAsLong());
    }

    /** Keeps other limits from now on. Calls in flight keep their permits. */
    public void use(ConcurrencySettings other) {
        lock.lock();
        try {
            if (!other.equals(settings)) {
                settings = other;
                gradient.use(other, ticker.getAsLong());
                handOn();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a permit, and waits for it in order.
     *
     * @param cap calls that the endpoint's own limits leave for now; it bounds an adapted limit
     * @param deadline until when it is waited for, in the ticker's time
     * @param cancelled whether the call is no longer needed
     * @throws RateLimited if there is none by {@code deadline}
     * @throws ClaudeException if the wait is cancelled
     */
    public void acquire(IntSupplier cap, long deadline, BooleanSupplier cancelled) {
        lock.lock();
        try {
            if (queue.isEmpty() && isFree(cap)) {
                inFlight++;
                return;
            }
            await(new Waiting(lock.newCondition(), cap, ticker.getAsLong()), deadline, cancelled);
        } finally {
            lock.unlock();
        }
    }

    private void await(Waiting waiting, long deadline, BooleanSupplier cancelled) {
        queue.addLast(waiting);
        try {
            handOn();
            while (!waiting.isGranted) {
                long left = deadline - ticker.getAsLong();
                if (cancelled.getAsBoolean()) {
                    throw Failures.unwanted(endpoint, null);
                }
                if (left <= 0) {
                    throw full("no call of endpoint " + endpoint + " ended in time: " + settings()
                            + " calls are in flight");
                }
                if (waiting.granted.awaitNanos(Math.min(left, CancellableWait.LOOK_NANOS)) <= 0) {
                    // The cap grows with time.
                    handOn();
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            if (waiting.isGranted) {
                release();
            }
            throw full("the bundle is stopping");
        } finally {
            if (!waiting.isGranted) {
                queue.remove(waiting);
                handOn();
            }
        }
    }

    private String settings() {
        return "claude.call.concurrency=" + (settings.isAdaptive() ? "auto, " : "") + limit();
    }

    private static ClaudeException full(String why) {
        return new RateLimited(ApiError.ours(429, "rate_limit_error", why));
    }

    private boolean isFree(IntSupplier cap) {
        return inFlight < limit() && (!settings.isAdaptive() || inFlight < Math.max(1, cap.getAsInt()));
    }

    private void handOn() {
        Iterator<Waiting> each = queue.iterator();
        while (inFlight < limit() && each.hasNext()) {
            Waiting next = each.next();
            if (isFree(next.cap)) {
                each.remove();
                inFlight++;
                next.isGranted = true;
                next.granted.signal();
            }
        }
    }

    /** Gives a permit back: the call is over, or was not made. */
    public void release() {
        lock.lock();
        try {
            inFlight--;
            handOn();
        } finally {
            lock.unlock();
        }
    }

    /** The first token of a call, or the whole of a reply that is not streamed, has come. */
    public void replied(long startedNanos, long inputTokens, boolean streamed) {
        lock.lock();
        try {
            if (settings.isAdaptive()) {
                boolean busy = inFlight * 2 >= limit() || !queue.isEmpty();
                long now = ticker.getAsLong();
                if (streamed) {
                    gradient.firstToken(startedNanos, now, inputTokens, busy);
                } else {
                    gradient.whole(startedNanos, now, busy);
                }
                handOn();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The endpoint refused a call for its load or its limits, or did not answer in time. */
    public void dropped(long startedNanos) {
        lock.lock();
        try {
            if (settings.isAdaptive()) {
                gradient.dropped(startedNanos, ticker.getAsLong());
            }
        } finally {
            lock.unlock();
        }
    }

    private int limit() {
        return settings.isAdaptive() ? gradient.limit() : settings.max();
    }

    /** Whether a call would have to wait. */
    public boolean isFull() {
        State now = state();
        return now.inFlight() >= now.limit();
    }

    /** How long the call has waited that waits longest; 0 while none does. */
    public long oldestWaitNanos() {
        lock.lock();
        try {
            return queue.isEmpty() ? 0 : ticker.getAsLong() - queue.element().sinceNanos;
        } finally {
            lock.unlock();
        }
    }

    /** The limit and its calls now. */
    public State state() {
        lock.lock();
        try {
            return new State(limit(), settings.isAdaptive(), inFlight, queue.size());
        } finally {
            lock.unlock();
        }
    }

    /**
     * A limit and its calls.
     *
     * @param limit {@link Integer#MAX_VALUE} where there is none
     * @param waiting calls that wait for a permit
     */
    public record State(int limit, boolean adaptive, int inFlight, int waiting) {

        public boolean isLimited() {
            return limit < Integer.MAX_VALUE;
        }

        @Override
        public String toString() {
            return inFlight + " calls in flight"
                    + (isLimited()
                            ? " of at most " + limit + (adaptive ? " (auto)" : "") + ", " + waiting + " wait"
                            : "");
        }
    }
}
