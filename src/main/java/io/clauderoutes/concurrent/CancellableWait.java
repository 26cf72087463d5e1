package io.clauderoutes.concurrent;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits that end early when their result is no longer needed. */
public final class CancellableWait {

    /** How long a waiting thread sleeps between two looks at the condition that cancels its wait, in nanoseconds. */
    public static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private CancellableWait() {}

    /**
     * Waits.
     *
     * @return false if {@code cancelled} became true before the time was over
     */
    public static boolean waited(long nanos, BooleanSupplier cancelled) throws InterruptedException {
        Semaphore never = new Semaphore(0);
        for (long left = nanos; left > 0; left -= LOOK_NANOS) {
            if (cancelled.getAsBoolean() || never.tryAcquire(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS)) {
                return false;
            }
        }
        return !cancelled.getAsBoolean();
    }
}
