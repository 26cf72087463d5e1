package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.raw;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of an answer that breaks off, or is not what it should be. */
@Timeout(120)
class BrokenStreamTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    private List<String> chunks() {
        return bundle.mock("live").getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
    }

    @Nested
    class When_junk_frames_are_skipped {

        @Test
        void a_junk_frame_is_skipped_and_counted() {
            bundle.with("claude.split.junk-frames", "skip");
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

            sink.assertIsSatisfied();
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
        void a_junk_frame_ends_a_reply_that_had_begun() {
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .sse("data: <junk>\n\n")
                    .text("deep.")
                    .stop());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class).hasMessageContaining("a frame of");
            assertThat(((ClaudeException.StreamBroken) failure).partialText()).isEqualTo("Very ");
            assertThat(bundle.meter("claude.split.junk.frames")).isEqualTo(1);
        }

        @Test
        void a_junk_frame_before_the_first_text_is_no_reason_to_pay_again() {
            claude.always(stream().start().sse("data: <junk>\n\n").text("deep.").stop());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure.error().isUnreadable()).isTrue();
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_delta_that_nobody_knows_is_named_to_whoever_wants_the_whole() {
            claude.always(stream()
                    .start()
                    .text("Very ")
                    .sse("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                            + "\"delta\":{\"type\":\"new_delta\",\"x\":1}}\n\n")
                    .stop());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("a new_delta of a block of type text");
            assertThat(claude.requests()).hasSize(1);
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
        void a_second_start_leaves_no_whole_reply() {
            claude.always(stream().start().text("Ve").start().stop());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("a second message_start, which cannot be folded");
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Nested
    class When_an_answer_is_packed_or_endless {

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
}
