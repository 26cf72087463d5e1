package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.statusAs;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Usage;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The call stage over real connections, with all stages around it. */
@Timeout(120)
class CallStageTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    @Nested
    class When_all_is_well {

        @Test
        void the_answer_is_the_text_of_the_stream() {
            claude.next(says("Very ", "deep."));

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Very deep.");
        }

        @Test
        void an_answer_that_comes_byte_by_byte_is_the_same() {
            claude.next(says("Tr\u00e8s ", "profond \ud83c\udf0a.").oneByteAtATime());

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Tr\u00e8s profond \ud83c\udf0a.");
        }

        @Test
        void an_answer_that_was_not_streamed_is_the_same() {
            claude.next(message("Very deep."));

            String answer = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(answer).isEqualTo("Very deep.");
        }

        @Test
        void the_counts_of_the_end_replace_those_of_the_start() {
            claude.next(
                    stream().start().messageDelta("end_turn", 5).text("Deep.").stop());

            Usage usage = bundle.reply(PROMPT).usage();

            assertThat(usage)
                    .isEqualTo(new Usage(
                            OptionalLong.of(9), OptionalLong.of(1), OptionalLong.empty(), OptionalLong.of(12)));
        }

        @Test
        void the_facts_of_the_answer_are_in_its_headers() {
            claude.next(says("Deep."));

            Map<String, Object> headers = bundle.send(PROMPT).getMessage().getHeaders();

            assertThat(headers)
                    .containsEntry(ClaudeHeaders.REPLY_ID, "msg_stub")
                    .containsEntry(ClaudeHeaders.STOP_REASON, "end_turn")
                    .containsEntry(ClaudeHeaders.INPUT_TOKENS, 9L)
                    .containsEntry(ClaudeHeaders.CACHE_READ_TOKENS, 1L)
                    .containsEntry(ClaudeHeaders.OUTPUT_TOKENS, 12L)
                    .containsEntry(ClaudeHeaders.ENDPOINT, "primary")
                    .containsEntry(ClaudeHeaders.ATTEMPTS, 1)
                    .containsEntry(ClaudeHeaders.REQUEST_ID, "req_stub")
                    .containsKey(ClaudeHeaders.TIME_TO_FIRST_TOKEN)
                    .doesNotContainKey(ClaudeHeaders.CACHE_WRITE_TOKENS);
        }

        @Test
        void a_connection_serves_the_next_call() {
            claude.next(says("One."), says("Two."), message("Three."));

            bundle.ask(PROMPT);
            bundle.ask(PROMPT);
            bundle.ask(PROMPT);

            assertThat(claude.connections()).isEqualTo(1);
        }

        @Test
        void a_connection_is_used_no_longer_than_its_lifetime() {
            bundle.with("claude.endpoints.primary.connection-lifetime", "20ms");
            claude.always(says("Deep."));

            Bundle.until(() -> {
                bundle.ask(PROMPT);
                return claude.connections() > 1;
            });

            assertThat(claude.requests()).hasSizeGreaterThan(1);
        }

        @Test
        void the_key_goes_out_in_its_header_alone() {
            claude.next(says("Deep."));

            bundle.ask(PROMPT);

            assertThat(claude.requests().get(0).headers())
                    .containsEntry("x-api-key", Bundle.KEY)
                    .containsEntry("anthropic-version", "2023-06-01")
                    .doesNotContainKey("authorization");
        }
    }

    @Nested
    class When_the_endpoint_refuses {

        @ParameterizedTest
        @CsvSource({"1, 503", "2, 503", "3, 503", "3, 500", "3, 529", "3, 504", "2, 429"})
        void it_sees_exactly_the_configured_number_of_calls(int attempts, int status) {
            bundle.with("claude.call.max-attempts", Integer.toString(attempts));
            claude.always(error(status, "api_error"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure.status()).isEqualTo(status);
            assertThat(claude.requests()).hasSize(attempts);
        }

        @ParameterizedTest
        @CsvSource({
            "400, invalid_request_error, Rejected",
            "401, authentication_error, Unauthorized",
            "402, billing_error, Rejected",
            "403, permission_error, Unauthorized",
            "404, not_found_error, Rejected",
            "413, request_too_large, Rejected"
        })
        void what_cannot_succeed_is_not_tried_again(int status, String type, String kind) {
            claude.next(error(status, type));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure.getClass().getSimpleName() + " " + failure.status() + " " + failure.type())
                    .isEqualTo(kind + " " + status + " " + type);
        }

        @Test
        void the_call_after_a_failed_one_can_answer() {
            claude.next(error(529, "overloaded_error"), says("Deep."));

            Exchange exchange = bundle.send(PROMPT);

            assertThat(exchange.getMessage().getBody(String.class)).isEqualTo("Deep.");
            assertThat(exchange.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(2);
        }

        @Test
        void the_same_bytes_are_sent_again() {
            claude.next(nothingButAReset(), error(500, "api_error"), says("Deep."));

            bundle.ask(PROMPT);

            assertThat(claude.prompts())
                    .hasSize(3)
                    .containsOnly(claude.prompts().get(0));
        }

        @Test
        void a_wait_that_is_longer_than_we_wait_ends_the_request_at_once() {
            claude.next(error(429, "rate_limit_error", "retry-after: 287441"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.RateLimited.class)
                    .returns(Duration.ofSeconds(287_441), f -> f.retryAfter().orElseThrow());
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "0.01", "junk", "-1", "Sun, 06 Nov 1994 08:49:37 GMT"})
        void an_odd_retry_after_does_no_harm(String value) {
            claude.next(error(429, "rate_limit_error", "retry-after: " + value), says("Deep."));

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Deep.");
        }

        @Test
        void a_spend_limit_is_not_waited_for() {
            claude.next(status(
                    429,
                    "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"limit\","
                            + "\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure.error().isSpendLimit()).isTrue();
        }

        @Test
        void the_api_may_forbid_a_second_call() {
            claude.next(error(500, "api_error", "x-should-retry: false"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure.status()).isEqualTo(500);
        }

        @Test
        void a_page_of_a_proxy_is_described_and_not_shown() {
            claude.always(statusAs(503, "text/html", "<html>secret</html>".getBytes(UTF_8)));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("status 503").hasMessageNotContaining("secret");
        }

        @Test
        void nothing_answers_at_all() {
            claude.close();

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("claude.endpoints.primary.url");
        }
    }

    @Nested
    class When_the_endpoint_sends_a_redirect {

        @ParameterizedTest
        @ValueSource(ints = {301, 302, 303, 307, 308})
        void it_is_not_followed(int status) {
            try (StubClaude elsewhere = new StubClaude()) {
                claude.always(status(status, "", "Location: " + elsewhere.url() + "/v1/messages"));

                ClaudeException failure = bundle.failure(PROMPT);

                assertThat(failure).hasMessageContaining("which is not followed");
                assertThat(elsewhere.requests()).isEmpty();
            }
        }
    }

    @Nested
    class When_the_caller_waits_for_the_stream {

        @Test
        void the_first_chunk_arrives_before_the_last_has_left() throws Exception {
            MockEndpoint sink = bundle.mock("live");
            sink.expectedBodiesReceived("Very ");
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .waitFor(released)
                    .text("deep.")
                    .stop());
            Future<String> answer = bundle.asking(PROMPT, Map.of(ClaudeHeaders.SINKS, "live"));

            sink.assertIsSatisfied();
            boolean before = !answer.isDone();
            released.countDown();

            assertThat(before).isTrue();
            assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }
    }

    @Nested
    class When_the_endpoint_has_asked_for_a_pause {

        @Test
        void others_are_not_sent_there_before_it_is_over() {
            bundle.with("claude.call.retry-after-max", "1s");
            claude.next(error(429, "rate_limit_error", "retry-after: 3600"));
            bundle.failure(PROMPT);

            ClaudeException failure = bundle.failure("Another question");

            assertThat(failure).isInstanceOf(ClaudeException.RateLimited.class).hasMessageContaining("pause");
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Nested
    class When_the_retries_of_all_callers_are_used_up {

        @Test
        void a_sick_endpoint_is_spared() {
            bundle.with("claude.call.retry-budget-percent", "1")
                    .with("claude.endpoints.primary.breaker-min-calls", "1000")
                    .with("claude.endpoints.primary.breaker-window", "1000");
            claude.always(error(503, "api_error"));

            IntStream.range(0, 20).forEach(i -> bundle.failure(PROMPT));

            assertThat(claude.requests()).hasSize(30);
        }

        @Test
        void a_budget_of_nothing_lets_none_be_made_again() {
            bundle.with("claude.call.retry-budget-percent", "0");
            claude.next(error(503, "api_error"));

            bundle.failure(PROMPT);

            assertThat(claude.requests()).hasSize(1);
        }
    }
}
