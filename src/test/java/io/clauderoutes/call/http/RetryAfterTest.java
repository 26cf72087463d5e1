package io.clauderoutes.call.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private final RetryAfter header =
            new RetryAfter(Clock.fixed(Instant.parse("2026-11-23T10:00:00Z"), ZoneOffset.UTC));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | PT0S",
                "2 | PT2S",
                " 2  | PT2S",
                "2.5 | PT2.5S",
                "1e1 | PT10S",
                "287441 | PT79H50M41S",
                "99999999999999999999 | PT8784H",
                "Mon, 23 Nov 2026 10:00:30 GMT | PT30S",
                "Mon, 23 Nov 2026 09:59:30 GMT | PT0S",
                "Sun, 06 Nov 1994 08:49:37 GMT | PT0S"
            })
    void a_wait_is_what_the_endpoint_asks_for(String value, Duration wait) {
        assertThat(header.read(value)).hasValue(wait);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "junk", "-1", "-0.5", "NaN", "2s", "Mon, 23 Foo 2026 10:00:30 GMT", "1e99999999999"})
    void anything_else_says_nothing(String value) {
        assertThat(header.read(value)).isEmpty();
    }
}
