package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.asking;
import static io.clauderoutes.simulator.SimulatorCaller.error;
import static io.clauderoutes.simulator.SimulatorCaller.events;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static io.clauderoutes.simulator.SimulatorCaller.names;
import static io.clauderoutes.simulator.SimulatorCaller.streaming;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The simulator as a process, and what it answers beside messages. */
class SimulatorTest {

    private final SimulatorClock clock = new SimulatorClock();
    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withAcceptedKeys(Set.of("sk-ant-api-test")), clock);
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void close() {
        simulator.close();
    }

    @Nested
    class When_something_else_is_asked_for {

        @Test
        void tokens_are_counted_as_they_would_be_billed() {
            int counted = json(caller.post(
                            "/v1/messages/count_tokens",
                            asking("Tell me of rivers").replace("\"max_tokens\":10000,", "")))
                    .path("input_tokens")
                    .asInt();

            int billed = json(caller.ask("Tell me of rivers"))
                    .path("usage")
                    .path("input_tokens")
                    .asInt();
            assertThat(counted).isEqualTo(billed);
        }

        @Test
        void a_count_does_not_take_a_maximum() {
            assertThat(error(caller.post("/v1/messages/count_tokens", asking("hello"))))
                    .isEqualTo("400 invalid_request_error: max_tokens: Extra inputs are not permitted");
        }

        @Test
        void models_are_listed_page_by_page() {
            JsonNode first = json(caller.get("/v1/models?limit=2"));

            JsonNode second = json(caller.get(
                    "/v1/models?limit=1000&after_id=" + first.path("last_id").asText()));

            assertThat(first.path("has_more").asBoolean()).isTrue();
            assertThat(second.path("has_more").asBoolean()).isFalse();
            assertThat(first.path("data").size() + second.path("data").size()).isEqualTo(Models.ALL.size());
        }

        @Test
        void a_page_can_be_the_one_before() {
            JsonNode page = json(caller.get("/v1/models?limit=2&before_id=claude-opus-5-5"));

            assertThat(page.path("data").findValuesAsText("id"))
                    .containsExactly("claude-haiku-5-5", "claude-sonnet-5-5");
            assertThat(page.path("has_more").asBoolean()).isTrue();
        }

        @Test
        void a_query_that_is_not_encoded_is_refused() throws IOException {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), simulator.port())) {
                String head = String.join(
                        "\r\n",
                        "GET /v1/models?limit=%zz HTTP/1.1",
                        "host: localhost",
                        "x-api-key: sk-ant-api-test",
                        "anthropic-version: 2026-10-21",
                        "",
                        "");
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

                assertThat(SimulatorCaller.readUntil(socket.getInputStream(), "\r\n"))
                        .contains("400");
            }
        }

        @Test
        void one_model_can_be_looked_up() {
            JsonNode model = json(caller.get("/v1/models/claude-haiku-5-5"));

            assertThat(model.path("line").asText()).isEqualTo("haiku");
            assertThat(model.path("max_input_tokens").asInt()).isEqualTo(1_000_000);
        }

        @Test
        void a_model_that_is_not_there_is_not_found() {
            assertThat(error(caller.get("/v1/models/claude-none")))
                    .isEqualTo("404 not_found_error: model: claude-none");
        }

        @Test
        void hello_is_answered() {
            HttpResponse<String> response =
                    caller.send(caller.request("/api/hello").method("HEAD", HttpRequest.BodyPublishers.noBody()));

            assertThat(response.statusCode()).isEqualTo(200);
        }
    }

    @Nested
    class When_it_is_spoken_to_as_a_company_gateway {

        @Test
        void a_completion_is_a_bare_text() {
            JsonNode body = json(caller.post("/v1/completions", "{\"prompt\":\"say exactly: Pong.\"}"));

            assertThat(body).isEqualTo(json("{\"text\":\"Pong.\"}"));
        }

        @Test
        void a_stream_is_bare_texts_with_a_blank_line_after_each() {
            String body = caller.post("/v1/stream", "{\"prompt\":\"say exactly: Pong and pong again.\"}")
                    .body();

            assertThat(body).isEqualTo("{\"text\":\"Pong and pong ag\"}\n\n{\"text\":\"ain.\"}\n\n");
        }

        @Test
        void a_prompt_is_required() {
            assertThat(error(caller.post("/v1/completions", "{}")))
                    .isEqualTo("400 invalid_request_error: prompt: Field required");
        }
    }

    @Nested
    class When_it_runs {

        @Test
        void it_listens_on_loopback_only() {
            assertThat(simulator.url()).isEqualTo(URI.create("http://127.0.0.1:" + simulator.port()));
        }

        @Test
        void it_remembers_what_it_was_sent() {
            caller.ask("hello");

            ReceivedRequest request = simulator.requests().get(0);
            assertThat(request.method() + " " + request.path()).isEqualTo("POST /v1/messages");
            assertThat(request.header("Anthropic-Version")).hasValue(SimulatorCaller.VERSION);
            assertThat(request.body()).isEqualTo(asking("hello"));
            assertThat(request.nanoTime()).isEqualTo(clock.millis() * 1_000_000);
        }

        @Test
        void http_2_is_spoken_without_encryption() throws IOException, InterruptedException {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
            client.send(
                    caller.request("/api/hello")
                            .method("HEAD", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.discarding());

            HttpResponse<String> response = client.send(
                    caller.request("/v1/messages")
                            .POST(HttpRequest.BodyPublishers.ofString(streaming("hello")))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(names(events(response))).startsWith("message_start").endsWith("message_stop");
        }

        @Test
        void http_2_can_begin_with_a_post() throws IOException, InterruptedException {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            caller.request("/v1/messages")
                                    .POST(HttpRequest.BodyPublishers.ofString(streaming("hello")))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(names(events(response))).endsWith("message_stop");
        }

        @Test
        void a_port_that_is_taken_is_named() {
            SimulatorSettings same = SimulatorSettings.instant().withPort(simulator.port());

            assertThatThrownBy(() -> Simulator.start(same, clock))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("127.0.0.1:" + simulator.port());
        }

        @Test
        void its_port_is_free_after_it_was_closed() {
            int port = simulator.port();
            simulator.close();

            try (Simulator next = Simulator.start(SimulatorSettings.instant().withPort(port), clock)) {
                assertThat(next.port()).isEqualTo(port);
            }
        }
    }
}
