package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.errorJson;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.statusAs;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A caller of the HTTP door hears what a caller of the endpoint would hear, in bodies and in headers. */
@Timeout(120)
class DoorFidelityTest {

    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final String STREAMED = """
            {"stream":true,"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .with("claude.redact.enabled", "false")
            .withHttpDoor();

    private HttpResponse<String> answer(String body) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .header("content-type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void an_error_within_a_stream_that_becomes_a_status_is_json() throws Exception {
        claude.next(stream().start().errorEvent("overloaded_error"));

        HttpResponse<String> response = answer(STREAMED);

        assertThat(response.statusCode()).isEqualTo(529);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1.5", "7", "soon", "Wed, 25 Nov 2099 10:00:00 GMT"})
    void the_wait_that_the_endpoint_asks_for_comes_as_it_was_written(String wait) throws Exception {
        claude.next(error(429, "rate_limit_error", "retry-after: " + wait));

        HttpResponse<String> response = answer(WHOLE);

        assertThat(response.headers().allValues("retry-after")).isEqualTo(List.of(wait));
    }

    @Test
    void the_wait_in_milliseconds_comes_too() throws Exception {
        claude.next(error(429, "rate_limit_error", "retry-after-ms: 150"));

        HttpResponse<String> response = answer(WHOLE);

        assertThat(response.headers().firstValue("retry-after-ms")).contains("150");
    }

    @Test
    void a_long_refusal_comes_to_its_end() throws Exception {
        String refusal =
                errorJson("invalid_request_error").replace("\"message\":\"", "\"message\":\"" + "x".repeat(300_000));
        claude.next(status(400, refusal));

        HttpResponse<String> response = answer(WHOLE);

        assertThat(response.body()).isEqualTo(refusal);
    }

    @Test
    void a_whole_reply_has_the_content_type_that_it_came_with() throws Exception {
        String reply = "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\"}";
        claude.next(statusAs(200, "application/json; charset=utf-8", reply.getBytes(StandardCharsets.UTF_8)));

        HttpResponse<String> response = answer(WHOLE);

        assertThat(response.headers().firstValue("content-type")).contains("application/json; charset=utf-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {WHOLE, STREAMED})
    void its_headers_come_where_prompts_are_redacted_too(String asked) throws Exception {
        bundle.with("claude.redact.enabled", "true").with("claude.redact.prompts.enabled", "true");
        claude.next(asked.equals(WHOLE) ? message("Deep.") : says("Deep."));

        HttpResponse<String> response = answer(asked);

        assertThat(response.headers().firstValue("request-id")).isPresent();
    }

    @Test
    void who_waits_for_a_turn_in_vain_is_refused_with_a_status() throws Exception {
        bundle.with("claude.throttle.in-flight", "1")
                .with("claude.throttle.wait", "1s")
                .with("claude.gateway.ping-interval", "100ms");
        CountDownLatch released = new CountDownLatch(1);
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        Future<HttpResponse<String>> first = bundle.inBackground(() -> answer(STREAMED));
        Bundle.until(() -> claude.requests().size() == 1);

        HttpResponse<String> second = answer(STREAMED);
        released.countDown();

        assertThat(second.statusCode()).isEqualTo(429);
        assertThat(first.get(60, TimeUnit.SECONDS).body()).contains("message_stop");
    }

    @Test
    void data_of_several_lines_is_still_one_event() throws Exception {
        claude.next(stream()
                .start()
                .sse("event: news\ndata: {\"type\":\"news\",\ndata: \"n\":1}\n\n")
                .text("Deep.")
                .stop());

        HttpResponse<String> response = answer(STREAMED);

        assertThat(response.body().lines())
                .filteredOn(line -> !line.isEmpty())
                .allMatch(line -> line.startsWith("event: ") || line.startsWith("data: {"));
    }
}
