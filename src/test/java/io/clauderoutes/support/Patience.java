package io.clauderoutes.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition with a limit, where there is nothing that tells when it is met. */
public final class Patience {

    private static final Duration GLANCE = Duration.ofMillis(20);

    private Patience() {}

    /** A condition that may fail while it is not met. */
    @FunctionalInterface
    public interface Condition {
        boolean isMet() throws Exception;
    }

    /**
     * Returns as soon as the condition is met.
     *
     * @param otherwise what there is instead, told when the limit is over
     */
    public static void until(Condition condition, Duration limit, Supplier<String> otherwise) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        while (System.nanoTime() - end < 0) {
            try {
                if (condition.isMet()) {
                    return;
                }
            } catch (Exception notYet) {
                last = notYet;
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        throw new AssertionError("not within " + limit.toSeconds() + " s; instead: " + otherwise.get(), last);
    }
}
