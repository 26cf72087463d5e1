package io.clauderoutes;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.statusAs;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Camel hands on what is in the body: wherever a call does not answer, that would be the prompt. It never is. */
@Timeout(120)
class NeverThePromptTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.call.max-attempts", "1")
            .with("claude.endpoints.primary.breaker-window", "2")
            .with("claude.endpoints.primary.breaker-min-calls", "2")
            .with("claude.endpoints.primary.breaker-open", "1h")
            .with("claude.sinks.whole.uri", "mock:whole")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    private void no_prompt_comes_back() {
        Exchange exchange = bundle.send(PROMPT, Map.of(ClaudeHeaders.SINKS, "whole,live"));

        assertThat(exchange.getException()).isNotNull();
        assertThat(bundle.mock("whole").getReceivedExchanges()).isEmpty();
        assertThat(bundle.mock("live").getReceivedExchanges())
                .allSatisfy(chunk ->
                        assertThat(chunk.getMessage().getBody(String.class)).doesNotContain("How deep"));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of("a 400", error(400, "invalid_request_error")),
                Arguments.of("a 401", error(401, "authentication_error")),
                Arguments.of("a 404 without a body", status(404, "")),
                Arguments.of("a 429", error(429, "rate_limit_error")),
                Arguments.of("a 500", error(500, "api_error")),
                Arguments.of("a 529", error(529, "overloaded_error")),
                Arguments.of("a redirect", status(302, "", "Location: http://127.0.0.1:9/")),
                Arguments.of("a redirect of the method", status(307, "", "Location: http://127.0.0.1:9/")),
                Arguments.of("nothing new", status(304, "")),
                Arguments.of("no content", status(204, "")),
                Arguments.of("an empty body", status(200, "")),
                Arguments.of("a page", statusAs(200, "text/html", new byte[] {'<', 'p', '>'})),
                Arguments.of("an error in the body", status(200, StubReply.errorJson("api_error"))),
                Arguments.of(
                        "a compressed answer",
                        statusAs(200, "application/json", new byte[1], "Content-Encoding: gzip")),
                Arguments.of("an unknown compression", status(200, "{}", "Content-Encoding: zstd")),
                Arguments.of("a reset", nothingButAReset()),
                Arguments.of("a head and a reset", stream().reset()),
                Arguments.of("a start and an end", stream().start().end()),
                Arguments.of("no event at all", stream().end()),
                Arguments.of(
                        "an error event",
                        stream().start().errorEvent("overloaded_error").end()),
                Arguments.of(
                        "a text and a reset",
                        stream().start().text("Very deep and ").reset()),
                Arguments.of(
                        "a text and an end",
                        stream().start().text("Very deep and ").end()),
                Arguments.of("a message that is none", status(200, "{\"content\":7}")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void a_failed_call_answers_nothing(String name, StubReply reply) {
        claude.next(reply);

        no_prompt_comes_back();
    }

    @Test
    void an_open_breaker_answers_nothing() {
        claude.next(error(500, "api_error"), error(500, "api_error"));
        IntStream.range(0, 2).forEach(i -> bundle.failure(PROMPT));

        no_prompt_comes_back();
    }

    @Test
    void a_half_open_breaker_that_takes_no_more_trials_answers_later() throws Exception {
        bundle.with("claude.endpoints.primary.breaker-open", "1ms")
                .with("claude.endpoints.primary.breaker-trial-calls", "1")
                .with("claude.cache.enabled", "false");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        claude.next(
                error(500, "api_error"),
                error(500, "api_error"),
                stream().tell(asked).waitFor(released).start().text("Deep.").stop(),
                says("Deeper."));
        IntStream.range(0, 2).forEach(i -> bundle.failure(PROMPT));
        Bundle.until(() -> bundle.meter("claude.breaker.state") == 2);
        Future<String> trial = bundle.inBackground(() -> bundle.ask("A trial"));
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();

        Future<String> next = bundle.asking(PROMPT);

        released.countDown();
        assertThat(trial.get(60, TimeUnit.SECONDS)).isEqualTo("Deep.");
        assertThat(next.get(60, TimeUnit.SECONDS)).isEqualTo("Deeper.");
    }

    @Test
    void an_ignored_error_answers_nothing_also_when_the_breaker_has_seen_many() {
        IntStream.range(0, 10).forEach(i -> claude.next(error(429, "rate_limit_error")));

        IntStream.range(0, 10).forEach(i -> no_prompt_comes_back());
    }

    @Test
    void a_full_throttle_answers_nothing() throws Exception {
        bundle.with("claude.throttle.in-flight", "1").with("claude.throttle.wait", "0s");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        claude.next(stream().tell(asked).waitFor(released).start().text("Deep.").stop());
        Future<String> first = bundle.asking("Something else");
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();

        no_prompt_comes_back();

        released.countDown();
        assertThat(first.get(60, TimeUnit.SECONDS)).isEqualTo("Deep.");
    }

    @Test
    void a_used_up_quota_answers_nothing() {
        bundle.with("claude.endpoints.primary.requests-per-minute", "1").with("claude.call.deadline", "10s");
        claude.next(message("Deep."));
        bundle.ask("Something else", Map.of(ClaudeHeaders.STREAM, false));

        no_prompt_comes_back();
    }

    @Test
    void an_unreachable_endpoint_answers_nothing() {
        claude.close();

        no_prompt_comes_back();
    }

    @Test
    void a_sink_that_fails_answers_nothing() {
        bundle.with("claude.sinks.sick.uri", "direct:nobody?block=false")
                .with("claude.sinks.sick.attempts", "1")
                .with("claude.sinks.sick.on-failure", "fail");
        claude.next(says("Deep."));

        Exchange exchange = bundle.send(PROMPT, Map.of(ClaudeHeaders.SINKS, "sick"));

        assertThat(exchange.getException()).hasMessageContaining("claude.sinks.sick.uri");
    }
}
