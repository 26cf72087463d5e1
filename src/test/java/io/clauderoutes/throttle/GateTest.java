package io.clauderoutes.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeSettings.Limit;
import io.clauderoutes.message.ClaudeException.RateLimited;
import io.clauderoutes.support.Bundle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GateTest {

    private final AtomicLong now = new AtomicLong(1_000_000_000L);

    private Gate gate(int inFlight, double rate, long capacity) {
        return new Gate("claude.throttle", new Limit(inFlight, rate, capacity), now::get);
    }

    private void at_once(Gate gate, long tokens) {
        gate.enter(tokens, now.get());
    }

    @Nested
    class When_places_are_limited {

        @Test
        void nobody_enters_a_full_one_and_the_setting_is_named() {
            Gate gate = gate(2, 0, 1);
            at_once(gate, 1);
            at_once(gate, 1);

            assertThatThrownBy(() -> at_once(gate, 1))
                    .isInstanceOf(RateLimited.class)
                    .hasMessageContaining("claude.throttle.in-flight=2");
            assertThat(gate.taken()).isEqualTo(2);
        }

        @Test
        void a_place_that_was_left_can_be_taken() {
            Gate gate = gate(1, 0, 1);
            at_once(gate, 1);
            gate.leave();

            at_once(gate, 1);

            assertThat(gate.taken()).isEqualTo(1);
        }

        @Test
        void who_waits_is_let_in_by_order_of_arrival() throws InterruptedException {
            Gate gate = gate(1, 0, 1);
            at_once(gate, 1);
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            List<Thread> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                int number = i;
                Thread thread = new Thread(() -> {
                    gate.enter(1, now.get() + Duration.ofSeconds(60).toNanos());
                    order.add(number);
                    gate.leave();
                });
                waiting.add(thread);
                thread.start();
                Bundle.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
            }

            gate.leave();
            for (Thread thread : waiting) {
                thread.join();
            }

            assertThat(order).containsExactly(0, 1, 2, 3, 4);
        }
    }

    @Nested
    class When_tokens_are_limited {

        @Test
        void a_request_may_take_several() {
            Gate gate = gate(0, 1, 10);
            at_once(gate, 7);

            assertThatThrownBy(() -> at_once(gate, 4))
                    .isInstanceOf(RateLimited.class)
                    .hasMessageContaining("claude.throttle.rate=1.0");
            at_once(gate, 3);
        }

        @Test
        void they_come_back_at_their_rate_and_no_faster() {
            Gate gate = gate(0, 2, 10);
            at_once(gate, 10);
            now.addAndGet(Duration.ofMillis(1500).toNanos());

            at_once(gate, 3);

            assertThatThrownBy(() -> at_once(gate, 1)).isInstanceOf(RateLimited.class);
        }

        @Test
        void a_rate_below_one_is_a_rate() {
            Gate gate = gate(0, 0.1, 1);
            at_once(gate, 1);
            now.addAndGet(Duration.ofSeconds(10).toNanos());

            at_once(gate, 1);

            assertThatThrownBy(() -> at_once(gate, 1)).isInstanceOf(RateLimited.class);
        }

        @Test
        void more_than_fits_is_refused_at_once_by_name() {
            Gate gate = gate(0, 1, 10);

            assertThatThrownBy(
                            () -> gate.enter(11, now.get() + Duration.ofDays(1).toNanos()))
                    .isInstanceOf(RateLimited.class)
                    .hasMessageContaining("claude.throttle.capacity=10");
        }
    }

    @Nested
    class When_a_request_is_turned_away {

        @Test
        void it_has_taken_no_place() {
            Gate gate = gate(1, 1, 5);
            at_once(gate, 5);
            gate.leave();

            assertThatThrownBy(() -> at_once(gate, 1)).isInstanceOf(RateLimited.class);

            assertThat(gate.taken()).isZero();
        }

        @Test
        void elsewhere_it_gives_back_its_place_and_its_tokens() {
            Gate gate = gate(1, 1, 5);
            at_once(gate, 5);

            gate.leaveUnused(5);

            at_once(gate, 5);
        }
    }
}
