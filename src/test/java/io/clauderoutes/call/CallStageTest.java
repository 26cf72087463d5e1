package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.raw;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.statusAs;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Usage;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.redact.enabled", "false")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private List<String> chunks() {
        return bundle.mock("live").getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
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
    class When_the_stream_breaks {

        private final Map<String, Object> live = Map.of(ClaudeHeaders.SINKS, "live");

        @Test
        void a_cut_before_the_first_text_is_made_good_unseen() {
            claude.next(stream().start().reset(), says("Very ", "deep."));

            String answer = bundle.ask(PROMPT, live);

            assertThat(answer).isEqualTo("Very deep.");
            assertThat(chunks()).containsExactly("Very ", "deep.", "");
        }

        @Test
        void a_cut_after_the_first_text_is_told_with_the_text_that_came() {
            claude.next(stream().start().text("Very ").reset());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
            assertThat(((ClaudeException.StreamBroken) failure).partialText()).isEqualTo("Very ");
        }

        @Test
        void a_sink_hears_that_the_rest_will_not_come() throws InterruptedException {
            MockEndpoint sink = bundle.mock("live");
            sink.expectedMessageCount(2);
            claude.next(stream().start().text("Very ").reset());

            bundle.failure(PROMPT, live);

            MockEndpoint.assertIsSatisfied(bundle.context());
            assertThat(sink.getReceivedExchanges().get(1).getMessage().getHeaders())
                    .containsEntry(ClaudeHeaders.LAST, true)
                    .containsKey(ClaudeHeaders.ERROR);
        }

        @Test
        void held_back_whole_it_can_be_called_again_after_any_cut() {
            claude.next(stream().start().text("Ve").reset(), says("Very ", "deep."));

            String answer = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STRATEGY, "whole", ClaudeHeaders.SINKS, "live"));

            assertThat(answer).isEqualTo("Very deep.");
            assertThat(chunks()).containsExactly("Very ", "deep.", "");
        }

        @Test
        void overload_within_a_good_status_is_overload() {
            claude.always(stream().start().errorEvent("overloaded_error").end());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class).returns(529, ClaudeException::status);
            assertThat(claude.requests()).hasSize(3);
            assertThat(bundle.meter("claude.api.calls", "status", "529")).isEqualTo(3);
        }

        @Test
        void overload_after_text_is_told_as_a_broken_stream_with_its_status() {
            claude.next(
                    stream().start().text("Ve").errorEvent("overloaded_error").end());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.StreamBroken.class)
                    .returns(529, ClaudeException::status)
                    .returns("overloaded_error", ClaudeException::type);
        }

        @Test
        @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
        void an_end_without_message_stop_is_a_failure_at_once() {
            claude.next(stream().start().text("Ve").end());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class).hasMessageContaining("message_stop");
        }

        @BeforeEach
        void start() {
            bundle.context();
        }

        @Test
        void a_junk_frame_is_skipped_and_counted() {
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .sse("data: <junk>\n\n")
                    .text("deep.")
                    .stop());

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Very deep.");
            assertThat(bundle.meter("claude.split.junk.frames")).isEqualTo(1);
        }

        @Test
        void a_page_with_a_good_status_is_the_endpoints_fault() {
            claude.always(statusAs(200, "text/html", "<html>Welcome</html>".getBytes(UTF_8)));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
            assertThat(claude.requests()).hasSize(3);
        }

        @Test
        void an_error_with_a_good_status_is_that_error() {
            claude.always(status(200, StubReply.errorJson("overloaded_error")));

            ClaudeException failure = bundle.failure(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class);
        }

        @Test
        void an_empty_body_is_no_answer() {
            claude.always(status(200, ""));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
        }

        @Test
        void a_body_that_is_shorter_than_promised_is_no_answer() {
            claude.always(
                    raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"con"));

            ClaudeException failure = bundle.failure(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
        }

        @Test
        void a_second_start_is_the_endpoints_fault() {
            claude.next(stream().start().text("Ve").start().stop());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
        }
    }

    @Nested
    class When_the_endpoint_is_silent {

        @BeforeEach
        void settings() {
            bundle.with("claude.call.max-attempts", "1");
        }

        @Test
        void before_its_head_the_first_token_timeout_ends_the_call() {
            bundle.with("claude.endpoints.primary.first-token-timeout", "150ms");
            claude.next(silence(released));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.endpoints.primary.first-token-timeout");
        }

        @Test
        void after_its_head_too() {
            bundle.with("claude.endpoints.primary.first-token-timeout", "150ms");
            claude.next(stream().start().waitFor(released));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.endpoints.primary.first-token-timeout");
        }

        @Test
        void between_two_events_the_idle_timeout_ends_it() {
            bundle.with("claude.endpoints.primary.idle-timeout", "150ms");
            claude.next(stream().start().text("Ve").waitFor(released));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.StreamBroken.class)
                    .hasCauseInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.endpoints.primary.idle-timeout");
        }

        @Test
        void a_whole_reply_that_stalls_is_ended_too() {
            bundle.with("claude.endpoints.primary.idle-timeout", "150ms");
            claude.next(raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
                    .waitFor(released));

            ClaudeException failure = bundle.failure(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class);
        }

        @Test
        void a_whole_reply_has_longer_than_a_first_token_for_it_comes_only_when_it_is_finished() {
            bundle.with("claude.endpoints.primary.first-token-timeout", "150ms");
            claude.next(message("Deep.").late(600));

            Exchange answered = bundle.send(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(answered.getMessage().getBody(String.class)).isEqualTo("Deep.");
        }

        @Test
        void a_whole_reply_that_does_not_come_meets_the_deadline_of_the_request() {
            bundle.with("claude.call.deadline", "300ms");
            claude.next(silence(released));

            ClaudeException failure = bundle.failure(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(failure)
                    .isInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.call.deadline");
        }

        @Test
        void pings_say_that_the_first_token_is_on_its_way() {
            bundle.with("claude.endpoints.primary.first-token-timeout", "2s");
            StubReply slow = stream().start();
            IntStream.range(0, 6).forEach(i -> slow.ping().pause(400));
            claude.next(slow.text("Very.").stop());

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Very.");
        }

        @Test
        void a_reply_that_never_ends_meets_the_total_timeout() {
            bundle.with("claude.endpoints.primary.total-timeout", "2s");
            claude.next(stream().start().text("Ve").endlessly("event: ping\ndata: {\"type\":\"ping\"}\n\n"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .hasCauseInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.endpoints.primary.total-timeout");
        }

        @Test
        void the_deadline_of_the_request_ends_its_last_call_too() {
            bundle.with("claude.call.deadline", "2s");
            claude.next(stream().start().endlessly("event: ping\ndata: {\"type\":\"ping\"}\n\n"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.TimedOut.class)
                    .hasMessageContaining("claude.call.deadline");
        }

        @Test
        void the_deadline_of_the_request_leaves_alone_what_has_begun_to_come() {
            bundle.with("claude.call.deadline", "1s");
            StubReply slow = stream().start().text("Ve");
            IntStream.range(0, 4).forEach(i -> slow.ping().pause(400));
            claude.next(slow.text("ry.").stop());

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Very.");
        }

        @Test
        void the_total_timeout_counts_before_the_head_too() {
            bundle.with("claude.endpoints.primary.total-timeout", "150ms");
            claude.next(silence(released));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class).hasMessageContaining("total-timeout");
        }

        @Test
        void pings_keep_a_slow_reply_alive() {
            bundle.with("claude.endpoints.primary.idle-timeout", "2s");
            StubReply slow = stream().start().text("Ve");
            IntStream.range(0, 6).forEach(i -> slow.ping().pause(400));
            claude.next(slow.text("ry.").stop());

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Very.");
        }

        @Test
        void a_stalled_call_can_be_made_again() {
            bundle.with("claude.call.max-attempts", "2").with("claude.endpoints.primary.first-token-timeout", "2s");
            claude.next(stream().start().waitFor(released), says("Deep."));

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Deep.");
        }
    }

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

    @Nested
    class When_the_endpoint_sends_us_elsewhere {

        @ParameterizedTest
        @ValueSource(ints = {301, 302, 303, 307, 308})
        void it_is_not_followed(int status) {
            try (StubClaude elsewhere = new StubClaude()) {
                claude.always(status(status, "", "Location: " + elsewhere.url() + "/v1/messages"));

                ClaudeException failure = bundle.failure(PROMPT);

                assertThat(failure).hasMessageContaining("redirects are not followed");
                assertThat(elsewhere.requests()).isEmpty();
            }
        }
    }

    @Nested
    class When_an_answer_is_packed_or_endless {

        @Test
        void a_compressed_answer_was_not_asked_for_and_is_refused() {
            claude.always(statusAs(200, "application/json", new byte[] {31, -117, 8}, "Content-Encoding: gzip"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("compressed");
            assertThat(claude.requests().get(0).headers()).doesNotContainKey("accept-encoding");
        }

        @Test
        void an_endless_line_ends_at_the_longest_event() {
            bundle.with("claude.split.max-event-bytes", "65536");
            claude.always(stream().start().sse("data: ").endlessly("x".repeat(10_000)));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("claude.split.max-event-bytes=65536");
        }

        @Test
        void endless_events_end_at_the_longest_reply() {
            bundle.with("claude.split.max-reply-bytes", "65536");
            claude.next(stream()
                    .start()
                    .endlessly("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                            + "{\"type\":\"text_delta\",\"text\":\"again and again \"}}\n\n"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("claude.split.max-reply-bytes=65536");
        }

        @Test
        void a_whole_reply_is_bounded_too() {
            bundle.with("claude.split.max-reply-bytes", "65536");
            claude.always(message("x".repeat(70_000)));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("claude.split.max-reply-bytes=65536");
        }

        @Test
        void an_endless_head_is_bounded() {
            bundle.with("claude.call.max-attempts", "1");
            claude.next(raw("HTTP/1.1 200 OK\r\nX-Long: ").endlessly("x".repeat(10_000)));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
        }

        @Test
        void endless_headers_are_bounded() {
            bundle.with("claude.call.max-attempts", "1");
            claude.next(raw("HTTP/1.1 200 OK\r\n").endlessly("X-More: and more\r\n"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
        }
    }

    @Nested
    class When_a_kept_connection_has_gone_stale {

        @Test
        void the_next_call_takes_a_fresh_one_and_nobody_notices() {
            claude.next(says("One.").hangUpAfter(), says("Two."));
            bundle.ask(PROMPT);
            Bundle.until(() -> claude.connections() == 0);

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Two.");
        }
    }

    @Nested
    class When_connections_run_short {

        @Test
        void as_many_calls_as_the_throttle_lets_in_have_one_each() {
            bundle.with("claude.throttle.in-flight", "150");
            claude.always(stream().start().text("Very deep.").waitFor(released).stop());

            List<Future<String>> asking = IntStream.range(0, 150)
                    .mapToObj(number -> bundle.asking(PROMPT + number))
                    .toList();

            Bundle.until(() -> claude.requests().size() == 150);
            released.countDown();
            assertThat(asking)
                    .allSatisfy(one -> assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep."));
        }

        @Test
        void a_call_without_one_is_told_which_setting_would_have_given_it_one() {
            bundle.with("claude.endpoints.primary.connections", "1")
                    .with("claude.endpoints.primary.connect-timeout", "300ms")
                    .with("claude.call.max-attempts", "1");
            claude.next(stream().start().text("Very deep.").waitFor(released).stop());
            Future<String> first = bundle.asking(PROMPT);
            Bundle.until(() -> claude.requests().size() == 1);

            ClaudeException failure = bundle.failure("And the lake?");

            assertThat(failure)
                    .isInstanceOf(ClaudeException.RateLimited.class)
                    .hasMessageContaining("claude.endpoints.primary.connections");
            released.countDown();
            assertThat(first).succeedsWithin(Duration.ofSeconds(60));
        }

        @Test
        void the_endpoint_is_not_blamed() {
            bundle.with("claude.endpoints.primary.connections", "1")
                    .with("claude.endpoints.primary.connect-timeout", "100ms")
                    .with("claude.endpoints.primary.breaker-min-calls", "1")
                    .with("claude.endpoints.primary.breaker-window", "1")
                    .with("claude.call.max-attempts", "1");
            claude.next(stream().start().text("Very deep.").waitFor(released).stop(), says("Deep enough."));
            Future<String> first = bundle.asking(PROMPT);
            Bundle.until(() -> claude.requests().size() == 1);
            bundle.failure("And the lake?");
            released.countDown();
            assertThat(first).succeedsWithin(Duration.ofSeconds(60));

            String answer = bundle.ask("And the lake?");

            assertThat(answer).isEqualTo("Deep enough.");
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
