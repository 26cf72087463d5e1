package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.credential.TokenSource.Issued;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a token is renewed, how often, and what becomes of a renewal that fails. No time passes but the test's. */
class TokenKeeperTest {

    private static final Duration LIFE = Duration.ofMinutes(10);
    /** Half way between all that chance can give: no jitter, and pauses of three quarters. */
    private static final RandomGenerator MIDDLE = new RandomGenerator() {
        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public double nextDouble() {
            return 0.5;
        }

        @Override
        public long nextLong(long bound) {
            return bound / 2;
        }
    };

    private final Deque<Runnable> begun = new ArrayDeque<>();
    private final Deque<ClaudeException> failures = new ArrayDeque<>();
    private final List<Boolean> renewals = new ArrayList<>();
    private Executor threads = Runnable::run;
    private Duration life = LIFE;
    private long now = Long.MAX_VALUE - 5;
    private int issued;
    private final TokenKeeper keeper = new TokenKeeper(
            "main", new Counting(), task -> threads.execute(task), renewals::add, () -> now, () -> MIDDLE);

    private final class Counting implements TokenSource {
        @Override
        public Issued issue() {
            issued++;
            if (!failures.isEmpty()) {
                throw failures.pop();
            }
            return new Issued("token-" + issued, life, now);
        }

        @Override
        public void heard(Credential.Answer answer) {
            // it keeps no time
        }
    }

    private void later(Duration by) {
        now += by.toNanos();
    }

    private void renewalsTakeLonger() {
        threads = begun::add;
    }

    private void renewalsEnd() {
        while (!begun.isEmpty()) {
            begun.pop().run();
        }
    }

    private static ClaudeException unreachable() {
        return new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "nobody is there"));
    }

    private String token() {
        return keeper.get(now + Duration.ofMillis(1).toNanos()).value();
    }

    private ClaudeException refusal() {
        return catchThrowableOfType(ClaudeException.class, this::token);
    }

    @Test
    void a_token_serves_all_calls_of_its_life_but_the_last_fifth() {
        String first = token();
        later(LIFE.multipliedBy(4).dividedBy(5).minusMillis(1));

        String last = token();

        assertThat(last).isEqualTo(first);
        assertThat(issued).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"10s, 8s", "5m, 4m", "55m, 51m", "24h, 1436m"})
    void it_is_renewed_a_fifth_before_its_end_and_four_minutes_at_most(String lives, String renewed) {
        life = Duration.parse("PT" + lives);
        token();

        later(Duration.parse("PT" + renewed).minusMillis(1));
        token();
        assertThat(issued).isEqualTo(1);
        later(Duration.ofMillis(1));
        token();

        assertThat(issued).isEqualTo(2);
    }

    @Test
    void the_old_token_serves_while_the_new_one_is_on_its_way() {
        String old = token();
        renewalsTakeLonger();
        later(LIFE.multipliedBy(9).dividedBy(10));

        assertThat(List.of(token(), token(), token())).containsOnly(old);
        assertThat(begun).as("renewals under way").hasSize(1);
        renewalsEnd();
        assertThat(token()).isEqualTo("token-2");
    }

    @Test
    void a_token_that_was_used_is_renewed_without_a_call_and_one_that_was_not_is_left() {
        keeper.look();
        later(LIFE.multipliedBy(9).dividedBy(10));
        keeper.look();
        assertThat(issued).as("nobody needed the first").isEqualTo(1);
        token();
        token();
        later(LIFE.multipliedBy(9).dividedBy(10));

        keeper.look();

        assertThat(issued).isEqualTo(3);
    }

    @Nested
    class When_a_renewal_fails {

        @Test
        void the_old_token_serves_to_its_end() {
            String old = token();
            failures.addAll(Collections.nCopies(50, unreachable()));
            later(LIFE.multipliedBy(4).dividedBy(5));
            for (int second = 0; second < 119; second++) {
                assertThat(token()).isEqualTo(old);
                later(Duration.ofSeconds(1));
            }

            assertThat(issued).isBetween(5, 12);
            failures.clear();
            later(Duration.ofSeconds(31));
            assertThat(token()).isNotEqualTo(old);
        }

        @Test
        void it_is_tried_again_after_pauses_that_double_up_to_half_a_minute() {
            failures.addAll(Collections.nCopies(9, unreachable()));
            List<Long> pauses = new ArrayList<>();
            for (int tries = 1; tries < 9; tries++) {
                refusal();
                long from = now;
                while (issued == tries) {
                    later(Duration.ofMillis(50));
                    keeper.look();
                }
                pauses.add((now - from) / 1_000_000);
            }

            assertThat(pauses).containsExactly(750L, 1500L, 3000L, 6000L, 12000L, 22500L, 22500L, 22500L);
        }

        @Test
        void callers_without_a_token_are_told_why_and_when_it_is_tried_again() {
            failures.add(unreachable());
            refusal();

            ClaudeException failure = refusal();

            assertThat(issued).isEqualTo(1);
            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class).hasMessageContaining("nobody is there");
            assertThat(failure.retryAfter()).contains(Duration.ofMillis(751));
        }

        @Test
        void health_says_so_and_whether_the_old_token_still_serves() {
            token();
            failures.add(unreachable());
            later(LIFE.multipliedBy(9).dividedBy(10));
            token();
            assertThat(keeper.health())
                    .isEqualTo(new Credential.Health(true, "valid for 60 s, but not renewed: nobody is there"));
            later(Duration.ofMinutes(2));

            assertThat(keeper.health()).isEqualTo(new Credential.Health(false, "no token: nobody is there"));
        }

        @Test
        void a_changed_secret_ends_the_pause() {
            failures.add(unreachable());
            refusal();

            keeper.renewNow();

            assertThat(token()).isEqualTo("token-2");
            assertThat(keeper.health().usable()).isTrue();
            assertThat(renewals).containsExactly(false, true);
        }
    }

    @Nested
    class When_a_token_is_refused {

        private Token shown() {
            return keeper.get(now);
        }

        @Test
        void that_very_token_is_dropped_and_another_is_had_at_once() {
            Token refused = shown();
            keeper.accepted(refused);

            boolean another = keeper.refused(refused);

            assertThat(another).isTrue();
            assertThat(token()).isEqualTo("token-2");
        }

        @Test
        void any_number_of_refusals_of_it_is_one_renewal() {
            Token refused = shown();
            keeper.accepted(refused);
            renewalsTakeLonger();

            for (int i = 0; i < 200; i++) {
                assertThat(keeper.refused(refused)).isTrue();
            }
            renewalsEnd();
            assertThat(keeper.refused(refused)).as("a refusal that comes late").isTrue();

            assertThat(issued).isEqualTo(2);
            assertThat(token()).isEqualTo("token-2");
        }

        @Test
        void a_second_token_that_nobody_ever_took_makes_a_pause() {
            assertThat(keeper.refused(shown())).isTrue();
            assertThat(keeper.refused(shown())).isFalse();

            ClaudeException failure = refusal();

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Unauthorized.class)
                    .hasMessageContaining("the endpoint refuses tokens that were issued just now");
            assertThat(issued).isEqualTo(2);
        }

        @Test
        void it_is_well_again_when_a_token_is_taken() {
            keeper.refused(shown());
            keeper.refused(shown());
            later(Duration.ofSeconds(1));
            keeper.look();
            assertThat(keeper.health().detail()).contains("refuses tokens");

            keeper.accepted(shown());

            assertThat(keeper.health().detail()).isEqualTo("valid for 600 s");
        }
    }

    @Test
    void no_token_is_told_in_text() {
        Token token = keeper.get(now);

        assertThat(token.toString() + keeper.health() + new Issued("token-1", LIFE, now))
                .doesNotContain("token-1");
    }
}
