package io.clauderoutes.call.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.settings.ConcurrencySettings;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientLimitTest {

    private static final long MILLI = 1_000_000;
    private static final ConcurrencySettings BOUNDS = new ConcurrencySettings(2, 200);

    private final GradientLimit limit = new GradientLimit(BOUNDS, 0);
    private long now;

    /** So many calls, all sent now, whose first token comes after this time. */
    private void window(long millis, long tokens) {
        int before = limit.limit();
        long sent = now;
        now += millis * MILLI;
        for (int i = 0; i < GradientLimit.LARGEST_WINDOW && limit.limit() == before; i++) {
            limit.firstToken(sent, now, tokens, true);
        }
        now += MILLI;
    }

    @Test
    void the_limit_doubles_while_the_first_token_comes_as_fast_as_before() {
        window(100, 10);
        window(100, 10);

        assertThat(limit.limit()).isEqualTo(4 * GradientLimit.INITIAL);
    }

    @Test
    void a_first_token_that_comes_later_makes_the_limit_smaller() {
        window(100, 10);

        window(200, 10);

        assertThat(limit.limit()).isEqualTo((int) (2 * GradientLimit.INITIAL * 0.75));
    }

    @Test
    void the_limit_is_halved_at_most() {
        window(100, 10);

        window(10_000, 10);

        assertThat(limit.limit()).isEqualTo(GradientLimit.INITIAL);
    }

    @Test
    void large_inputs_are_compared_with_large_inputs() {
        window(100, 10);

        window(800, 100_000);

        assertThat(limit.limit()).isEqualTo(4 * GradientLimit.INITIAL);
    }

    @Test
    void the_limit_stays_while_few_calls_are_in_flight() {
        for (int i = 0; i < 500; i++) {
            limit.firstToken(now, now + 100 * MILLI, 10, false);
            now += 200 * MILLI;
        }

        assertThat(limit.limit()).isEqualTo(GradientLimit.INITIAL);
    }

    @Test
    void refusals_of_calls_that_were_sent_together_count_once() {
        now = MILLI;
        limit.dropped(0, now);
        limit.dropped(0, now);

        assertThat(limit.limit()).isEqualTo((int) (GradientLimit.INITIAL * 0.8));
    }

    @Test
    void whole_replies_raise_the_limit_until_one_is_refused() {
        for (int i = 0; i < GradientLimit.SMALLEST_WINDOW; i++) {
            limit.whole(now, now + (1 + i) * 1_000L * MILLI, true);
        }
        int raised = limit.limit();
        now += 100_000 * MILLI;
        limit.dropped(now, now);

        assertThat(raised).isEqualTo(2 * GradientLimit.INITIAL);
        assertThat(limit.limit()).isEqualTo(16);
    }

    @Test
    void an_endpoint_that_has_become_slower_for_good_is_measured_anew() {
        for (int i = 0; i < 3; i++) {
            window(100, 10);
        }
        for (int i = 0; i < 30; i++) {
            window(1_000, 10);
        }

        assertThat(limit.limit()).isEqualTo(BOUNDS.max());
    }

    @Test
    void other_bounds_take_effect_at_once() {
        limit.use(new ConcurrencySettings(3, 4), now);

        assertThat(limit.limit()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void the_limit_stays_within_its_bounds_whatever_is_measured(long seed) {
        Random random = new Random(seed);
        int min = 1 + random.nextInt(20);
        ConcurrencySettings bounds = new ConcurrencySettings(min, min + 1 + random.nextInt(300));
        GradientLimit any = new GradientLimit(bounds, 0);
        long time = 0;

        for (int i = 0; i < 50_000; i++) {
            time += random.nextInt(1_000_000);
            long started = time - random.nextInt(2_000_000_000);
            switch (random.nextInt(40)) {
                case 0 -> any.dropped(started, time);
                case 1 -> any.whole(started, time, random.nextBoolean());
                case 2 -> {
                    min = 1 + random.nextInt(20);
                    bounds = new ConcurrencySettings(min, min + random.nextInt(300));
                    any.use(bounds, time);
                }
                default ->
                    any.firstToken(started, time, random.nextLong() >>> random.nextInt(64), random.nextBoolean());
            }
            assertThat(any.limit()).isBetween(bounds.min(), bounds.max());
        }
    }

    /** Forty callers at an endpoint that serves some calls at once, and lets the others wait. */
    @Nested
    class At_an_endpoint_with_slots {

        private static final int CALLERS = 40;
        private static final int INPUT = 100;

        private record Call(long sent, long firstToken, long end) {}

        private final Random random = new Random(7);
        private final PriorityQueue<Long> slots = new PriorityQueue<>();
        private final PriorityQueue<Call> inFlight =
                new PriorityQueue<>((left, right) -> Long.compare(left.end(), right.end()));

        private void slots(int count) {
            while (slots.size() > count) {
                slots.remove();
            }
            while (slots.size() < count) {
                slots.add(now);
            }
        }

        /** Time until the first token, with a spread as of the API, and then three times the median until the end. */
        private void send() {
            long latency = (long) (100 * MILLI * Math.exp(0.3 * random.nextGaussian()));
            long begin = Math.max(now, slots.remove());
            long end = begin + latency + 300 * MILLI;
            slots.add(end);
            inFlight.add(new Call(now, begin + latency, end));
        }

        private int mean(int calls) {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                while (inFlight.size() < Math.min(CALLERS, limit.limit())) {
                    send();
                }
                Call over = inFlight.remove();
                now = over.end();
                boolean busy = 2 * (inFlight.size() + 1) >= limit.limit();
                limit.firstToken(over.sent(), over.sent() + (over.firstToken() - over.sent()), INPUT, busy);
                sum += limit.limit();
            }
            return (int) (sum / calls);
        }

        @Test
        void the_limit_is_near_the_number_of_slots() {
            slots(10);
            mean(2_000);

            assertThat(mean(10_000)).isBetween(8, 14);
        }

        @Test
        void the_limit_follows_when_half_of_the_slots_are_lost_and_come_back() {
            slots(10);
            mean(4_000);
            slots(5);
            mean(2_000);
            int half = mean(6_000);
            slots(10);
            mean(2_000);

            assertThat(half).isBetween(4, 8);
            assertThat(mean(6_000)).isBetween(8, 14);
        }
    }
}
