package io.clauderoutes.concurrent;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Sleep, handed in so that a test takes no time. */
@FunctionalInterface
public interface SleepFunction {

    /** Sleeps; false if it was interrupted because the bundle is stopping. */
    boolean slept(Duration wait);

    /** Sleeps, but not once {@code cancelled} is true; false if it was interrupted or cancelled. */
    default boolean slept(Duration wait, BooleanSupplier cancelled) {
        return !cancelled.getAsBoolean() && slept(wait);
    }
}
