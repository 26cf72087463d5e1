package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.util.Map;
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
            bundle.with("claude.sinks.sick.uri", "direct:nobody?block=false").with("claude.sinks.sick.attempts", "1");
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
    }
}
