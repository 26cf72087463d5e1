package io.clauderoutes.stream;

import java.time.Duration;

/** Sleep, handed in so that a test takes no time. */
@FunctionalInterface
public interface Sleeper {

    /** Sleeps; false if it was interrupted, for the bundle is stopping. */
    boolean slept(Duration wait);
}
