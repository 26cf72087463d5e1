package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The circuit breaker around a call, to the end of its stream. */
@Timeout(120)
class BreakerTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    @Nested
    class When_streams_die_after_their_heads {

        @BeforeEach
        void settings() {
            bundle.with("claude.call.max-attempts", "1")
                    .with("claude.endpoints.primary.breaker-window", "4")
                    .with("claude.endpoints.primary.breaker-min-calls", "4")
                    .with("claude.endpoints.primary.breaker-open", "1h");
        }

        private void fail(int times) {
            IntStream.range(0, times).forEach(i -> bundle.failure(PROMPT));
        }

        @Test
        void the_breaker_opens_and_the_endpoint_sees_no_more_calls() {
            claude.always(stream().start().text("Ve").reset());

            fail(6);

            assertThat(claude.requests()).hasSize(4);
            assertThat(bundle.meter("claude.breaker.state", "endpoint", "primary"))
                    .isEqualTo(1);
        }

        @Test
        void an_open_breaker_is_a_failure_with_its_reason() {
            claude.always(stream().start().end());
            fail(4);

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("circuit breaker of endpoint primary is open");
        }

        @Test
        void refusals_and_limits_do_not_open_it() {
            claude.always(error(400, "invalid_request_error"));
            fail(4);
            claude.always(error(429, "rate_limit_error"));
            fail(4);

            claude.always(says("Deep."));

            assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
        }

        @Test
        void a_failing_sink_does_not_open_it() {
            bundle.with("claude.sinks.sick.uri", "direct:nobody?block=false")
                    .with("claude.sinks.sick.attempts", "1")
                    .with("claude.sinks.sick.on-failure", "fail");
            claude.always(says("Deep."));

            IntStream.range(0, 5).forEach(i -> assertThat(bundle.send(PROMPT, Map.of(ClaudeHeaders.SINKS, "sick"))
                            .getException())
                    .isNotNull());

            assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
        }

        @Test
        void it_closes_again_when_trial_calls_succeed() {
            bundle.with("claude.endpoints.primary.breaker-open", "50ms")
                    .with("claude.endpoints.primary.breaker-trial-calls", "1");
            claude.always(stream().start().reset());
            fail(4);
            claude.always(says("Deep."));

            Bundle.until(() -> bundle.send(PROMPT).getException() == null);

            assertThat(bundle.meter("claude.breaker.state", "endpoint", "primary"))
                    .isZero();
        }

        @ParameterizedTest
        @ValueSource(strings = {"400", "429", "reset", "sink"})
        void no_outcome_of_a_trial_call_leaves_it_stuck(String outcome) {
            bundle.with("claude.endpoints.primary.breaker-open", "20ms")
                    .with("claude.endpoints.primary.breaker-trial-calls", "1")
                    .with("claude.sinks.sick.uri", "direct:nobody?block=false")
                    .with("claude.sinks.sick.attempts", "1");
            claude.always(stream().start().reset());
            fail(4);
            claude.always(
                    switch (outcome) {
                        case "400" -> error(400, "invalid_request_error");
                        case "429" -> error(429, "rate_limit_error");
                        case "reset" -> nothingButAReset();
                        default -> says("Deep.");
                    });
            int before = claude.requests().size();
            Map<String, Object> headers = outcome.equals("sink") ? Map.of(ClaudeHeaders.SINKS, "sick") : Map.of();
            Bundle.until(() -> {
                bundle.send(PROMPT, headers);
                return claude.requests().size() > before;
            });

            claude.always(says("Deep."));

            Bundle.until(() -> bundle.send(PROMPT).getException() == null);
        }
    }

    @Nested
    class With_the_breaker_as_it_is_delivered {

        @BeforeEach
        void settings() {
            bundle.with("claude.call.first-delay", "1ms").with("claude.call.max-delay", "1ms");
        }

        private void fail(int times) {
            IntStream.range(0, times).forEach(i -> bundle.failure(PROMPT));
        }

        @Test
        void twenty_streams_that_all_die_open_it() {
            claude.always(stream().start().reset());

            fail(20);

            assertThat(bundle.meter("claude.breaker.state", "endpoint", "primary"))
                    .isEqualTo(1);
        }

        @Test
        void some_calls_that_fail_as_often_as_they_may_do_not() {
            claude.always(says("Deep."));
            IntStream.range(0, 8).forEach(i -> bundle.ask(PROMPT));
            claude.always(error(529, "overloaded_error"));
            fail(3);
            claude.always(stream().start().text("Ve").reset());
            fail(3);
            claude.always(says("Deep."));

            assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
        }

        @Test
        void it_counts_requests_and_not_the_calls_made_for_them() {
            claude.always(error(529, "overloaded_error"));
            fail(10);

            assertThat(claude.requests()).hasSizeGreaterThan(20);
            claude.always(says("Deep."));
            assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
        }
    }

    @Nested
    class While_trial_calls_run {

        private final CountDownLatch released = new CountDownLatch(1);

        @BeforeEach
        void settings() {
            bundle.with("claude.call.max-attempts", "1")
                    .with("claude.endpoints.primary.breaker-window", "2")
                    .with("claude.endpoints.primary.breaker-min-calls", "2")
                    .with("claude.endpoints.primary.breaker-trial-calls", "2")
                    .with("claude.endpoints.primary.breaker-open", "50ms");
        }

        private void open() {
            claude.always(error(529, "overloaded_error"));
            bundle.failure(PROMPT);
            bundle.failure(PROMPT);
            Bundle.until(() -> bundle.meter("claude.breaker.state", "endpoint", "primary") == 2);
        }

        @Test
        void a_long_stream_that_has_begun_blocks_nobody() throws Exception {
            open();
            claude.always(
                    stream().start().text("De").waitFor(released).text("ep.").stop());
            Future<String> one = bundle.asking(PROMPT);
            Future<String> two = bundle.asking(PROMPT);
            Bundle.until(() -> claude.requests().size() == 4);
            claude.always(says("Deep."));

            assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");

            released.countDown();
            assertThat(one.get()).isEqualTo("Deep.");
            assertThat(two.get()).isEqualTo("Deep.");
        }

        @Test
        void a_single_endpoint_refuses_nobody() throws Exception {
            open();
            claude.always(silence(released));
            claude.next(stream().waitFor(released).start().text("Deep.").stop());
            claude.next(stream().waitFor(released).start().text("Deep.").stop());
            claude.always(says("Deep."));
            List<Future<String>> replies = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                replies.add(bundle.asking(PROMPT));
            }
            Bundle.until(() -> claude.requests().size() == 4);

            released.countDown();

            for (Future<String> reply : replies) {
                assertThat(reply.get()).isEqualTo("Deep.");
            }
        }

        @Test
        void hung_calls_leave_it_half_open_for_no_longer_than_its_time() throws Exception {
            bundle.with("claude.endpoints.primary.breaker-half-open", "200ms");
            open();
            claude.next(silence(released), silence(released));
            claude.always(says("Deep."));
            List<Future<String>> hung = List.of(bundle.asking(PROMPT), bundle.asking(PROMPT));
            Bundle.until(() -> claude.requests().size() == 4);

            Bundle.until(() -> bundle.send(PROMPT).getException() == null);

            assertThat(hung).noneMatch(Future::isDone);
            released.countDown();
        }

        @Test
        void the_refusal_of_an_open_breaker_says_when_to_come_again() {
            bundle.with("claude.endpoints.primary.breaker-open", "1h");
            claude.always(error(529, "overloaded_error"));
            bundle.failure(PROMPT);
            bundle.failure(PROMPT);

            ClaudeException refusal = bundle.failure(PROMPT);

            assertThat(refusal.retryAfter().orElseThrow()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
        }
    }
}
