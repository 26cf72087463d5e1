package io.clauderoutes.fanout;

import java.time.Duration;

/** Waiting, handed in so that a test takes no time. */
@FunctionalInterface
public interface Waiting {

    /** Waits; false if it was interrupted, for the bundle is stopping. */
    boolean waited(Duration wait);
}
