package io.clauderoutes.request;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** How the end of a request is logged and counted, whatever way it came. */
@Timeout(120)
@ResourceLock("RequestOutcomes log")
class RequestOutcomesTest {

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.call.max-attempts", "2")
            .with("claude.sinks.broken.uri", "direct:nobody-consumes-this")
            .with("claude.sinks.broken.attempts", "1")
            .with("claude.sinks.broken.on-failure", "fail")
            .withHttpDoor();

    /** Other tests log at the same time: each of these has a model of its own. */
    private final String model = "model-" + UUID.randomUUID();

    private final CapturedLog log = new CapturedLog(RequestOutcomes.class.getName(), Level.INFO);

    @AfterEach
    void close() {
        log.close();
    }

    private List<String> lines() {
        return log.lines().stream().filter(line -> line.contains(model)).toList();
    }

    private HttpResponse<String> asked(String... headers) throws Exception {
        String body = "{\"model\":\"" + model
                + "\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .POST(BodyPublishers.ofString(body));
        return HttpClient.newHttpClient()
                .send(
                        headers.length == 0
                                ? request.build()
                                : request.headers(headers).build(),
                        BodyHandlers.ofString());
    }

    @Test
    void a_reply_is_one_line_with_its_tokens() {
        claude.next(says("Deep."));

        bundle.ask("How deep?", Map.of(ClaudeHeaders.MODEL, model, ClaudeHeaders.TENANT, "sea"));

        assertThat(lines()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("Request answered: request=")
                .contains(" source=direct tenant=sea model=" + model + " endpoint=primary attempts=1 ")
                .contains(" inputTokens=")
                .contains(" outputTokens="));
        assertThat(bundle.meter("claude.requests", "result", "answered", "tenant", "sea"))
                .isEqualTo(1);
    }

    @Test
    void a_final_failure_of_a_prompt_is_one_line_and_one_count() {
        claude.next(error(529, "overloaded_error"), error(529, "overloaded_error"));

        bundle.failure("How deep?", Map.of(ClaudeHeaders.MODEL, model, ClaudeHeaders.TENANT, "sea"));

        assertThat(lines()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("Request failed: request=")
                .contains(" source=direct tenant=sea model=" + model + " endpoint=primary attempts=2 ")
                .contains(" type=overloaded_error "));
        assertThat(bundle.meter(
                        "claude.failures",
                        "endpoint",
                        "primary",
                        "tenant",
                        "sea",
                        "model",
                        model,
                        "type",
                        "overloaded_error"))
                .isEqualTo(1);
        assertThat(bundle.meter("claude.requests", "result", "failed", "tenant", "sea"))
                .isEqualTo(1);
    }

    @Test
    void a_final_failure_at_the_gateway_is_one_line_and_one_count() throws Exception {
        claude.next(error(529, "overloaded_error"), error(529, "overloaded_error"));

        int status = asked("x-request-id", "mine-1", "traceparent", TRACE).statusCode();

        assertThat(status).isEqualTo(529);
        assertThat(lines()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("Request failed: request=")
                .contains(" requestId=mine-1 traceparent=" + TRACE + " source=claude-http client=")
                .contains(" type=overloaded_error "));
        assertThat(bundle.meter("claude.failures", "model", model)).isEqualTo(1);
    }

    @Test
    void a_failed_sink_is_one_failure_and_its_tokens_count() {
        claude.next(says("Deep."));

        bundle.send("How deep?", Map.of(ClaudeHeaders.MODEL, model, ClaudeHeaders.SINKS, "broken"));

        assertThat(lines()).singleElement().satisfies(line -> assertThat(line).contains(" type=sink_failed "));
        assertThat(bundle.meter("gen_ai.client.token.usage", "gen_ai.request.model", model))
                .isPositive();
        assertThat(bundle.meter("claude.api.calls", "status", "200")).isEqualTo(1);
    }

    @Test
    void a_prompt_that_cannot_be_read_is_refused_and_counted() {
        bundle.send("", Map.of(ClaudeHeaders.MODEL, model));

        assertThat(bundle.meter("claude.requests", "result", "refused")).isEqualTo(1);
        assertThat(bundle.meter("claude.failures", "type", "invalid_request_error"))
                .isEqualTo(1);
    }

    @Test
    void a_request_that_fails_before_the_stages_is_counted() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .POST(BodyPublishers.ofString("no JSON"))
                .build();

        int status = HttpClient.newHttpClient()
                .send(request, BodyHandlers.ofString())
                .statusCode();

        assertThat(status).isEqualTo(400);
        assertThat(bundle.meter("claude.failures", "type", "invalid_request_error"))
                .isEqualTo(1);
    }

    @Test
    void an_unknown_path_is_counted() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/nothing"))
                .build();

        HttpClient.newHttpClient().send(request, BodyHandlers.ofString());

        assertThat(bundle.meter("claude.failures", "type", "not_found_error")).isEqualTo(1);
    }

    @Test
    void the_ids_of_a_client_go_on_and_its_request_id_comes_back() throws Exception {
        claude.next(message("Deep."));

        HttpResponse<String> response = asked("x-request-id", "mine-1", "traceparent", TRACE);

        assertThat(response.headers().firstValue("x-request-id")).contains("mine-1");
        assertThat(claude.requests().get(0).headers())
                .containsEntry("x-request-id", "mine-1")
                .containsEntry("traceparent", TRACE);
    }

    @Test
    void invalid_ids_stay_here() throws Exception {
        claude.next(message("Deep."));

        HttpResponse<String> response = asked("x-request-id", "x".repeat(129), "traceparent", "00-0-0-00");

        assertThat(response.headers().firstValue("x-request-id"))
                .hasValueSatisfying(id -> assertThat(id).startsWith("req_"));
        assertThat(claude.requests().get(0).headers()).doesNotContainKeys("x-request-id", "traceparent");
    }
}
