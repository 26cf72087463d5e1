package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.raw;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each wait for an endpoint has a bound of its own. */
@Timeout(120)
class SilentEndpointTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    @BeforeEach
    void settings() {
        bundle.with("claude.call.max-attempts", "1");
    }

    @Test
    void before_its_head_the_first_token_timeout_ends_the_call() {
        bundle.with("claude.endpoints.primary.first-token-timeout", "2s");
        claude.next(silence(released));

        ClaudeException failure = bundle.failure(PROMPT);

        assertThat(failure)
                .isInstanceOf(ClaudeException.TimedOut.class)
                .hasMessageContaining("claude.endpoints.primary.first-token-timeout");
    }

    @Test
    void after_its_head_too() {
        bundle.with("claude.endpoints.primary.first-token-timeout", "2s");
        claude.next(stream().start().waitFor(released));

        ClaudeException failure = bundle.failure(PROMPT);

        assertThat(failure)
                .isInstanceOf(ClaudeException.TimedOut.class)
                .hasMessageContaining("claude.endpoints.primary.first-token-timeout");
    }

    @Test
    void between_two_events_the_idle_timeout_ends_it() {
        bundle.with("claude.endpoints.primary.idle-timeout", "2s");
        claude.next(stream().start().text("Ve").waitFor(released));

        ClaudeException failure = bundle.failure(PROMPT);

        assertThat(failure)
                .isInstanceOf(ClaudeException.StreamBroken.class)
                .hasCauseInstanceOf(ClaudeException.TimedOut.class)
                .hasMessageContaining("claude.endpoints.primary.idle-timeout");
    }

    @Test
    void a_whole_reply_that_stalls_is_ended_too() {
        bundle.with("claude.endpoints.primary.idle-timeout", "2s");
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
        bundle.with("claude.call.deadline", "2s");
        claude.next(silence(released));

        ClaudeException failure = bundle.failure(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

        assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class).hasMessageContaining("claude.call.deadline");
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
        bundle.with("claude.endpoints.primary.total-timeout", "4s");
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

        assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class).hasMessageContaining("claude.call.deadline");
    }

    @Test
    void the_deadline_of_the_request_leaves_alone_what_has_begun_to_come() {
        bundle.with("claude.call.deadline", "3s");
        StubReply slow = stream().start().text("Ve");
        IntStream.range(0, 10).forEach(i -> slow.ping().pause(400));
        claude.next(slow.text("ry.").stop());

        String answer = bundle.ask(PROMPT);

        assertThat(answer).isEqualTo("Very.");
    }

    @Test
    void the_total_timeout_counts_before_the_head_too() {
        bundle.with("claude.endpoints.primary.total-timeout", "2s");
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
