package io.clauderoutes.call.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts what takes too long. One thread looks at everything that is open a few times a second, so that an event costs a write
 * and no timer.
 */
public final class DeadlineTimer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DeadlineTimer.class);
    private static final long LOOK_EVERY_MILLIS = 20;

    private final LongSupplier ticker;
    private final Future<?> looking;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();

    public DeadlineTimer(ScheduledExecutorService scheduler, LongSupplier ticker) {
        this.ticker = ticker;
        looking = scheduler.scheduleWithFixedDelay(
                this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        long now = ticker.getAsLong();
        for (Watch watch : open) {
            if (now - watch.deadline >= 0 || watch.hopeless.getAsBoolean()) {
                watch.fire();
            }
        }
    }

    /** Runs {@code cut} if the watch is still open at {@code deadlineNanos}. */
    Watch watch(long deadlineNanos, Runnable cut) {
        return watch(deadlineNanos, () -> false, cut);
    }

    /** The same, or sooner if there is no hope left. */
    Watch watch(long deadlineNanos, BooleanSupplier hopeless, Runnable cut) {
        Watch watch = new Watch(deadlineNanos, hopeless, cut);
        open.add(watch);
        return watch;
    }

    /** Stops looking. */
    @Override
    public void close() {
        looking.cancel(false);
    }

    /** Something that has to be done by a time. */
    final class Watch implements AutoCloseable {
        private final BooleanSupplier hopeless;
        private final Runnable cut;
        private volatile long deadline;
        private volatile boolean fired;

        private Watch(long deadline, BooleanSupplier hopeless, Runnable cut) {
            this.deadline = deadline;
            this.hopeless = hopeless;
            this.cut = cut;
        }

        /** Moves the deadline. */
        void until(long deadlineNanos) {
            deadline = deadlineNanos;
        }

        private void fire() {
            if (open.remove(this)) {
                fired = true;
                try {
                    cut.run();
                } catch (RuntimeException failure) {
                    // The thread continues, because other calls need it.
                    LOG.warn("something that took too long could not be cut: {}", failure.toString());
                }
            }
        }

        /** Whether it took too long. */
        boolean fired() {
            return fired;
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
