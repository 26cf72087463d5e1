package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.asking;
import static io.clauderoutes.simulator.SimulatorCaller.error;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the simulator refuses, and how. */
class SimulatorRefusalsTest {

    private final SimulatorClock clock = new SimulatorClock();
    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withAcceptedKeys(Set.of("sk-ant-api-test")), clock);
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void close() {
        simulator.close();
    }

    @Nested
    class When_the_request_is_not_right {

        static Stream<Arguments> bodies() {
            String good = asking("hello");
            return Stream.of(
                    Arguments.of("{", "The request body is not valid JSON"),
                    Arguments.of("[]", "The request body must be a JSON object"),
                    Arguments.of(good.replace("\"model\":\"claude-sonnet-5-5\",", ""), "model: Field required"),
                    Arguments.of(good.replace("\"max_tokens\":10000,", ""), "max_tokens: Field required"),
                    Arguments.of(good.replace("10000", "\"many\""), "max_tokens: Input should be a valid integer"),
                    Arguments.of(good.replace("10000", "-1"), "max_tokens: Input should be greater than or equal to 0"),
                    Arguments.of("{\"model\":\"claude-x\",\"max_tokens\":1}", "messages: Field required"),
                    Arguments.of(
                            "{\"model\":\"claude-x\",\"max_tokens\":1,\"messages\":[]}",
                            "messages: at least one message is required"),
                    Arguments.of(
                            good.replace("\"user\"", "\"robot\""),
                            "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
                    Arguments.of(
                            good.replace("\"content\":\"hello\"", "\"content\":[{\"text\":\"a\"}]"),
                            "messages.0.content.0.type: Field required"),
                    Arguments.of(
                            good.replace("\"user\"", "\"assistant\""),
                            "This model does not support assistant message prefill"),
                    Arguments.of(asking("hi", "\"colour\":1"), "colour: Extra inputs are not permitted"),
                    Arguments.of(asking("hi", "\"temperature\":1"), "temperature: Extra inputs are not permitted"),
                    Arguments.of(asking("hi", "\"top_p\":0.5"), "top_p: Extra inputs are not permitted"),
                    Arguments.of(asking("hi", "\"top_k\":5"), "top_k: Extra inputs are not permitted"),
                    Arguments.of(asking("hi", "\"stream\":\"yes\""), "stream: Input should be a valid boolean"),
                    Arguments.of(
                            asking("hi", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}"),
                            "thinking.type: \"enabled\" is not supported"),
                    Arguments.of(
                            asking("hi", "\"tool_choice\":{\"type\":\"any\"}"),
                            "tool_choice: tool_choice may only be specified while providing tools"),
                    Arguments.of(
                            asking("hi", "\"stop_sequences\":[\" \"]"),
                            "stop_sequences: each stop sequence must contain non-whitespace"));
        }

        @ParameterizedTest
        @MethodSource("bodies")
        void it_is_told_what_is_wrong(String body, String message) {
            HttpResponse<String> response = caller.post("/v1/messages", body);

            assertThat(error(response)).startsWith("400 invalid_request_error: " + message);
        }

        @Test
        void the_error_has_the_shape_of_the_api() {
            HttpResponse<String> response = caller.post("/v1/messages", "{}");

            JsonNode body = json(response);
            assertThat(body).isEqualTo(json("""
                                    {"type":"error","error":{"details":null,"type":"invalid_request_error",
                                     "message":"model: Field required"},"request_id":"%s"}
                                    """.formatted(
                            response.headers().firstValue("request-id").orElseThrow())));
        }

        @Test
        void bytes_that_are_no_text_are_refused() {
            HttpResponse<String> response = caller.send(caller.request("/v1/messages")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(
                            new byte[] {'{', '"', (byte) 0xff, (byte) 0xc0, '"', ':', '1', '}'})));

            assertThat(error(response)).startsWith("400 invalid_request_error: The request body is not valid JSON");
        }

        @Test
        void brackets_without_end_are_refused() {
            HttpResponse<String> response = caller.post("/v1/messages", "[".repeat(1_000_000));

            assertThat(error(response)).startsWith("400 invalid_request_error: The request body is not valid JSON");
        }

        @Test
        void an_unknown_model_is_not_found() {
            HttpResponse<String> response =
                    caller.post("/v1/messages", asking("hi").replace("claude-sonnet-5-5", "gpt-x"));

            assertThat(error(response)).isEqualTo("404 not_found_error: model: gpt-x");
        }

        @Test
        void an_unknown_path_is_not_found() {
            assertThat(error(caller.get("/v1/nothing"))).isEqualTo("404 not_found_error: Not found");
        }

        @Test
        void a_body_over_32_megabytes_is_too_large() {
            HttpResponse<String> response = caller.post("/v1/messages", " ".repeat(32 * 1024 * 1024 + 1));

            assertThat(error(response)).startsWith("413 request_too_large");
        }

        @Test
        void a_body_of_32_megabytes_is_read() {
            String good = asking("hello");

            HttpResponse<String> response =
                    caller.post("/v1/messages", good + " ".repeat(32 * 1024 * 1024 - good.length()));

            assertThat(response.statusCode()).isEqualTo(200);
        }

        @Test
        void a_body_in_an_encoding_is_not_read() {
            HttpResponse<String> response = caller.send(caller.request("/v1/messages")
                    .header("content-encoding", "gzip")
                    .POST(HttpRequest.BodyPublishers.ofString("...")));

            assertThat(json(response)
                            .path("error")
                            .path("details")
                            .path("error_code")
                            .asText())
                    .isEqualTo("request_body_encoding_unsupported");
        }
    }

    @Nested
    class When_the_headers_are_not_right {

        @Test
        void a_call_without_a_version_is_refused() {
            HttpResponse<String> response = caller.send(with("x-api-key", "sk-ant-api-test"));

            assertThat(error(response)).isEqualTo("400 invalid_request_error: anthropic-version: header is required");
        }

        @Test
        void a_call_with_an_unknown_version_is_refused() {
            HttpResponse<String> response =
                    caller.send(with("x-api-key", "sk-ant-api-test", "anthropic-version", "2020-01-01"));

            assertThat(error(response)).startsWith("400 invalid_request_error: anthropic-version");
        }

        @Test
        void a_call_without_a_credential_is_refused() {
            HttpResponse<String> response = caller.send(with("anthropic-version", SimulatorCaller.VERSION));

            assertThat(error(response)).isEqualTo("401 authentication_error: x-api-key header is required");
        }

        @Test
        void a_call_with_another_key_is_refused() {
            HttpResponse<String> response =
                    caller.send(with("anthropic-version", SimulatorCaller.VERSION, "x-api-key", "sk-ant-other"));

            assertThat(error(response)).isEqualTo("401 authentication_error: invalid x-api-key");
        }

        @Test
        void a_bearer_token_will_do() {
            HttpResponse<String> response = caller.send(
                    with("anthropic-version", SimulatorCaller.VERSION, "authorization", "Bearer sk-ant-api-test"));

            assertThat(response.statusCode()).isEqualTo(200);
        }

        @Test
        void the_older_version_takes_a_temperature_for_an_older_model() {
            String body = asking("hi", "\"temperature\":0.5").replace("sonnet-5-5", "sonnet-4-5");

            HttpResponse<String> response =
                    caller.send(with(body, List.of("anthropic-version", "2023-06-01", "x-api-key", "sk-ant-api-test")));

            assertThat(response.statusCode()).isEqualTo(200);
        }

        private HttpRequest.Builder with(String... headers) {
            return with(asking("hello"), List.of(headers));
        }

        private HttpRequest.Builder with(String body, List<String> headers) {
            return HttpRequest.newBuilder(simulator.url().resolve("/v1/messages"))
                    .header("content-type", "application/json")
                    .headers(headers.toArray(String[]::new))
                    .POST(HttpRequest.BodyPublishers.ofString(body));
        }
    }
}
