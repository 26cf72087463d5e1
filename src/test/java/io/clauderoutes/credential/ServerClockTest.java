package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.credential.Credential.Answer;
import io.clauderoutes.support.CapturedLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerClockTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.500Z");

    private Instant time = NOON;
    private long ticks = 1_000_000_000_000L;
    private final ServerClock clock = new ServerClock(
            "of-this-test",
            new Clock() {
                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }

                @Override
                public Instant instant() {
                    return time;
                }
            },
            () -> ticks);

    private void pass(Duration duration) {
        time = time.plus(duration);
        ticks += duration.toNanos();
    }

    private void heard(Duration ahead, Duration trip, int status) {
        pass(Duration.ofSeconds(2));
        long sent = ticks;
        pass(trip.dividedBy(2));
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(time.plus(ahead).atZone(ZoneOffset.UTC));
        pass(trip.dividedBy(2));
        clock.heard(new Answer(status, date, sent, ticks));
    }

    private void heard(Duration ahead) {
        heard(ahead, Duration.ofMillis(10), 200);
    }

    private Duration ahead() {
        return Duration.between(time, clock.now());
    }

    @Test
    void without_a_measurement_it_is_our_own() {
        assertThat(ahead()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {-299, -31, -3, 0, 3, 31, 299})
    void it_follows_a_server_whose_clock_is_off_by_up_to_five_minutes(long seconds) {
        heard(Duration.ofSeconds(seconds));

        assertThat(ahead()).isBetween(Duration.ofMillis(seconds * 1000 - 600), Duration.ofMillis(seconds * 1000 + 600));
    }

    @ParameterizedTest
    @ValueSource(longs = {-3600, -302, 302, 3600})
    void it_does_not_follow_further_than_that(long seconds) {
        heard(Duration.ofSeconds(seconds));

        assertThat(ahead()).isZero();
        assertThat(clock.skew().toSeconds()).isCloseTo(seconds, Offset.offset(1L));
    }

    @Test
    void one_wild_sample_among_many_does_not_move_it() {
        for (int i = 0; i < 5; i++) {
            heard(Duration.ZERO);
        }
        heard(Duration.ofSeconds(20));

        assertThat(ahead().abs()).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void a_clock_that_was_set_is_followed_at_once() {
        for (int i = 0; i < 5; i++) {
            heard(Duration.ZERO);
        }
        time = time.minusSeconds(120);
        heard(Duration.ofMinutes(2));

        assertThat(ahead()).isBetween(Duration.ofSeconds(119), Duration.ofSeconds(121));
    }

    @Test
    void an_answer_that_took_long_says_nothing() {
        heard(Duration.ofSeconds(60), Duration.ofSeconds(3), 200);

        assertThat(ahead()).isZero();
    }

    @Test
    void what_is_no_date_says_nothing() {
        clock.heard(new Answer(200, "yesterday", ticks, ticks));

        assertThat(ahead()).isZero();
    }

    @Test
    void a_refusal_is_always_looked_at() {
        heard(Duration.ZERO);
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(time.plusSeconds(90).atZone(ZoneOffset.UTC));
        clock.heard(new Answer(200, date, ticks, ticks));
        assertThat(ahead()).as("within a second of the last").isLessThan(Duration.ofSeconds(1));

        clock.heard(new Answer(401, date, ticks, ticks));

        assertThat(ahead()).isGreaterThan(Duration.ofSeconds(88));
    }

    @Test
    void a_difference_of_more_than_half_a_minute_is_told_once() {
        try (CapturedLog log = new CapturedLog(ServerClock.class.getName(), Level.INFO)) {
            heard(Duration.ofSeconds(29));
            heard(Duration.ofSeconds(45));
            heard(Duration.ofSeconds(45));
            heard(Duration.ofSeconds(45));
            assertThat(told(log)).hasSize(1).first().asString().contains("ahead of this machine's");
            heard(Duration.ofSeconds(4000));
            heard(Duration.ZERO);

            assertThat(told(log)).hasSize(3);
            assertThat(told(log).get(1)).contains("set this machine's clock");
            assertThat(told(log).get(2)).contains("agree again");
        }
    }

    private static List<String> told(CapturedLog log) {
        return log.lines().stream()
                .filter(line -> line.contains("of-this-test"))
                .toList();
    }
}
