package io.clauderoutes.resume;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How long a reply waits for its readers.
 *
 * @param window how long its call continues without a reader ({@code claude.resume.window})
 * @param writeTimeout how long an event may wait for a slow reader, if there is no room for it
 * @param ticker nanoseconds
 */
record RetentionTimes(Supplier<Duration> window, Duration writeTimeout, LongSupplier ticker) {

    long now() {
        return ticker.getAsLong();
    }
}
