package io.clauderoutes.call.http;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Reads a {@code retry-after} header: seconds, with or without a fraction, or an HTTP date. Anything else says nothing. */
public final class RetryAfter {

    private static final BigDecimal LONGEST_SECONDS =
            BigDecimal.valueOf(Duration.ofDays(366).toSeconds());

    private final Clock clock;

    public RetryAfter(Clock clock) {
        this.clock = clock;
    }

    /** The wait that is asked for; a date that has passed is no wait. */
    public Optional<Duration> read(String header) {
        try {
            BigDecimal seconds = new BigDecimal(header.trim());
            return seconds.signum() < 0
                    ? Optional.empty()
                    : Optional.of(Duration.ofMillis(
                            seconds.min(LONGEST_SECONDS).movePointRight(3).longValue()));
        } catch (NumberFormatException notSeconds) {
            return date(header.trim());
        }
    }

    private Optional<Duration> date(String header) {
        try {
            Duration wait = Duration.between(
                    clock.instant(),
                    ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException junk) {
            return Optional.empty();
        }
    }
}
