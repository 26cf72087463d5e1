package io.clauderoutes.resume;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How long a reply waits for its readers.
 *
 * @param current how long its call continues while nobody reads ({@code claude.resume.window})
 * @param writeTimeout how long an event may wait for a slow reader, if there is no room for it
 * @param ticker nanoseconds
 */
record RetentionTimes(Supplier<Duration> current, Duration writeTimeout, LongSupplier ticker) {

    Duration window() {
        return current.get();
    }

    long now() {
        return ticker.getAsLong();
    }
}
