package io.clauderoutes.ledger.row;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Hours since 1970 (UTC), by which rows are found and added up. */
public final class Hour {

    private Hour() {}

    /** The hour of a time in milliseconds since 1970. */
    public static long of(long millis) {
        return Math.floorDiv(millis, TimeUnit.HOURS.toMillis(1));
    }

    /** The hour of a time. */
    public static long of(Instant time) {
        return of(time.toEpochMilli());
    }

    /** When an hour begins. */
    public static Instant start(long hour) {
        return Instant.ofEpochSecond(TimeUnit.HOURS.toSeconds(hour));
    }
}
