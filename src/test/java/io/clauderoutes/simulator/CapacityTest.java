package io.clauderoutes.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityTest {

    private static final int TOKENS_PER_SECOND = 1_000;
    private static final Manner USUAL = new Manner(Duration.ZERO, TOKENS_PER_SECOND, false, false, false);
    private static final double NANOS = 1e9;

    private final Capacity queue =
            Capacity.unlimited().withSlots(10).withReplyTokens(1_050, 0.47).withFirstTokenPercent(30);

    @ParameterizedTest
    @CsvSource({"10, 2.83", "50, 7.20", "100, 12.55"})
    void clients_without_think_time_wait_as_the_published_table_says(int clients, double p99) {
        double[] seconds = new ClosedLoop(queue, clients).seconds(40_000);

        assertThat(seconds[seconds.length * 99 / 100]).isCloseTo(p99, within(p99 / 10));
    }

    @Nested
    class When_a_reply_has_a_length {

        @Test
        void its_mean_is_that_of_the_capacity() {
            SplittableRandom random = new SplittableRandom(5);

            assertThat(IntStream.range(0, 50_000)
                            .map(call -> queue.length(random))
                            .average())
                    .hasValueCloseTo(1_050.0, within(10.0));
        }

        @Test
        void its_time_follows_from_it_and_a_share_passes_before_the_first_token() {
            Manner manner = queue.manner(USUAL, 700, new SplittableRandom(1));

            assertThat(manner.latency()).isEqualTo(Duration.ofMillis(210));
            assertThat(700.0 / manner.tokensPerSecond()).isCloseTo(0.49, within(0.001));
        }

        @Test
        void a_straggler_takes_a_multiple_of_it() {
            Manner manner = queue.withStragglers(100, 5).manner(USUAL, 700, new SplittableRandom(1));

            assertThat(seconds(manner, 700)).isCloseTo(3.5, within(0.02));
        }

        @Test
        void without_a_speed_it_takes_no_time() {
            Manner instant = new Manner(Duration.ZERO, 0, false, false, false);

            assertThat(queue.manner(instant, 700, new SplittableRandom(1))).isEqualTo(instant);
        }
    }

    @Nested
    class When_a_slot_is_entered {

        private final List<String> served = new ArrayList<>();
        private final Slots slots = new Slots(1);

        @Test
        void the_next_call_waits_until_it_is_left() {
            Slots.Slot first = slots.enter(slot -> served.add("first"));
            slots.enter(slot -> served.add("second"));
            List<String> before = List.copyOf(served);

            first.leave();

            assertThat(before).containsExactly("first");
            assertThat(served).containsExactly("first", "second");
        }

        @Test
        void a_call_that_gives_up_is_not_served() {
            Slots.Slot first = slots.enter(slot -> served.add("first"));
            Slots.Slot second = slots.enter(slot -> served.add("second"));
            slots.enter(slot -> served.add("third"));

            second.leave();
            first.leave();
            first.leave();

            assertThat(served).containsExactly("first", "third");
        }
    }

    private static double seconds(Manner manner, int tokens) {
        return manner.latency().toNanos() / NANOS + (double) tokens / manner.tokensPerSecond();
    }

    /** Clients that send their next call when they have the reply to the last one, in virtual time. */
    private static final class ClosedLoop {

        private record Event(double at, Runnable happens) {}

        private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingDouble(Event::at));
        private final List<Double> durations = new ArrayList<>();
        private final SplittableRandom random = new SplittableRandom(11);
        private final Capacity capacity;
        private final Slots slots;
        private double now;

        ClosedLoop(Capacity capacity, int clients) {
            this.capacity = capacity;
            this.slots = new Slots(capacity.slots());
            for (int i = 0; i < clients; i++) {
                call();
            }
        }

        private void call() {
            double began = now;
            slots.enter(slot -> {
                int tokens = capacity.length(random);
                double takes = CapacityTest.seconds(capacity.manner(USUAL, tokens, random), tokens);
                events.add(new Event(now + takes, () -> {
                    slot.leave();
                    durations.add(now - began);
                    call();
                }));
            });
        }

        /** The sorted durations of so many calls. */
        double[] seconds(int calls) {
            while (durations.size() < calls) {
                Event next = events.remove();
                now = next.at();
                next.happens().run();
            }
            return durations.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        }
    }
}
