package io.clauderoutes.throttle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.settings.ThrottleLimitSettings;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RateTest {

    private final AtomicLong now = new AtomicLong(1_000_000_000L);

    private Rate rate(double rate, long capacity) {
        return new Rate("claude.throttle", new ThrottleLimitSettings(0, rate, capacity), now::get);
    }

    private void at_once(Rate rate, long tokens) {
        rate.take(tokens, now.get(), () -> false);
    }

    @Nested
    class When_tokens_are_limited {

        @Test
        void a_request_may_take_several() {
            Rate rate = rate(1, 10);
            at_once(rate, 7);

            assertThatThrownBy(() -> at_once(rate, 4))
                    .isInstanceOf(RateLimited.class)
                    .hasMessageContaining("claude.throttle.rate=1.0");
            at_once(rate, 3);
        }

        @Test
        void they_come_back_at_their_rate_and_no_faster() {
            Rate rate = rate(2, 10);
            at_once(rate, 10);
            now.addAndGet(Duration.ofMillis(1500).toNanos());

            at_once(rate, 3);

            assertThatThrownBy(() -> at_once(rate, 1)).isInstanceOf(RateLimited.class);
        }

        @Test
        void a_rate_below_one_is_a_rate() {
            Rate rate = rate(0.1, 1);
            at_once(rate, 1);
            now.addAndGet(Duration.ofSeconds(10).toNanos());

            at_once(rate, 1);

            assertThatThrownBy(() -> at_once(rate, 1)).isInstanceOf(RateLimited.class);
        }

        @Test
        void more_than_fits_is_refused_at_once_by_name() {
            Rate rate = rate(1, 10);

            assertThatThrownBy(
                            () -> rate.take(11, now.get() + Duration.ofDays(1).toNanos(), () -> false))
                    .isInstanceOf(RateLimited.class)
                    .hasMessageContaining("claude.throttle.capacity=10");
        }
    }

    @Test
    void what_was_given_back_can_be_taken() {
        Rate rate = rate(1, 5);
        at_once(rate, 5);

        rate.giveBack(5);

        at_once(rate, 5);
    }

    @Test
    void a_cancelled_wait_takes_no_tokens() {
        Rate rate = new Rate("claude.throttle", new ThrottleLimitSettings(0, 1, 5), System::nanoTime);
        rate.take(5, System.nanoTime(), () -> false);

        assertThatThrownBy(() ->
                        rate.take(1, System.nanoTime() + Duration.ofMinutes(1).toNanos(), () -> true))
                .isInstanceOf(RateLimited.class);
    }
}
