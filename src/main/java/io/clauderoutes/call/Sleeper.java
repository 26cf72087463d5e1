package io.clauderoutes.call;

import java.time.Duration;

/** Waiting, handed in so that a test takes no time. */
@FunctionalInterface
public interface Sleeper {

    void sleep(Duration wait) throws InterruptedException;
}
