package io.clauderoutes.redact;

import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every path through the gateway on which a text could leave: none is redacted less than another. */
@Timeout(120)
class RedactedPathsTest {

    private static final String CARD = "4111 1111 1111 1111";
    private static final String ASKED =
            "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":["
                    + "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\""
                    + CARD
                    + "\"}}]}]}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .with("claude.redact.enabled", "true")
            .with("claude.redact.prompts.enabled", "true")
            .with("claude.gateway.pass-through.enabled", "true")
            .withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();

    private HttpResponse<String> answer(String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(bundle.door() + path))
                        .header("content-type", "application/json")
                        .header("x-api-key", "callers-own")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Nested
    class A_request {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/v1/messages",
                    "/v1/messages/count_tokens",
                    "/v1/messages/batches",
                    "/v1/messages/batches?beta=true"
                })
        void is_redacted_before_it_leaves(String path) throws Exception {
            String body = path.contains("batches")
                    ? "{\"requests\":[{\"custom_id\":\"a\",\"params\":" + ASKED + "}]}"
                    : ASKED;
            claude.next(status(400, "{}", "content-type: application/json"));

            answer("POST", path, body);

            assertThat(claude.requests().get(0).body()).isEqualTo(body.replace(CARD, "[REDACTED]"));
        }

        @Test
        void that_is_no_json_does_not_leave() throws Exception {
            HttpResponse<String> response = answer("POST", "/v1/messages/count_tokens", "{\"a\":" + CARD + "}");

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(claude.requests()).isEmpty();
        }
    }

    @Nested
    class A_response {

        @ParameterizedTest
        @ValueSource(strings = {"/v1/messages", "/v1/messages/count_tokens"})
        void that_is_an_error_is_redacted(String path) throws Exception {
            claude.next(status(
                    400,
                    "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no " + CARD
                            + "\"}}",
                    "content-type: application/json"));

            HttpResponse<String> response = answer("POST", path, ASKED);

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("no [REDACTED]").doesNotContain("1111");
        }

        @Test
        void that_is_no_json_is_redacted_too() throws Exception {
            claude.next(status(502, "<p>" + CARD + "</p>", "content-type: text/html"));

            assertThat(answer("POST", "/v1/messages/count_tokens", ASKED).body())
                    .isEqualTo("<p>[REDACTED]</p>");
        }

        @Test
        void that_is_an_error_within_a_stream_is_redacted() throws Exception {
            claude.next(stream()
                    .start()
                    .text("Deep. ")
                    .sse("event: error\ndata: {\"type\":\"error\",\"error\":"
                            + "{\"type\":\"api_error\",\"message\":\"at " + CARD + "\"}}\n\n")
                    .end());

            String body = answer("POST", "/v1/messages", ASKED.replace("{\"model\"", "{\"stream\":true,\"model\""))
                    .body();

            assertThat(body).contains("at [REDACTED]").doesNotContain("1111");
        }

        @Test
        void of_a_batch_is_redacted_line_by_line() throws Exception {
            String line =
                    "{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":{\"id\":\"msg_1\",\"content\":"
                            + "[{\"type\":\"text\",\"text\":\"" + CARD
                            + "\"},{\"type\":\"tool_use\",\"input\":{\"n\":\"" + CARD
                            + "\"}}]}}}\n";
            claude.next(status(200, line + line, "content-type: application/x-jsonl"));

            String redacted = line.replace("\"text\":\"" + CARD, "\"text\":\"[REDACTED]");
            assertThat(answer("GET", "/v1/messages/batches/msgbatch_1/results", "")
                            .body())
                    .isEqualTo(redacted + redacted);
        }
    }

    @Nested
    class Content_in_message_start {

        @Test
        void is_redacted() throws Exception {
            claude.next(stream()
                    .sse("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
                            + "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":"
                            + "\"code_execution_tool_result\",\"content\":{\"type\":\"code_execution_result\",\"stdout\":\""
                            + CARD + "\"}}],\"stop_reason\":\"tool_use\",\"usage\":{}}}\n\n"
                            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                    .end());

            String body = answer("POST", "/v1/messages", ASKED.replace("{\"model\"", "{\"stream\":true,\"model\""))
                    .body();

            assertThat(body).contains("\"stdout\":\"[REDACTED]\"").doesNotContain("1111");
        }
    }
}
