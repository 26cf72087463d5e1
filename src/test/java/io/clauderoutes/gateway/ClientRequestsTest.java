package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.silence;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the official clients and the command line rely on: their headers, their own retries, no reply from memory unasked. */
@Timeout(120)
class ClientRequestsTest {

    private static final String WHOLE =
            "{\"model\":\"m\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private HttpRequest request(String path, String body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(bundle.door() + path))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
        return headers.length == 0 ? builder.build() : builder.headers(headers).build();
    }

    private HttpResponse<String> asked(String body, String... headers) throws Exception {
        return client.send(request("/v1/messages", body, headers), BodyHandlers.ofString());
    }

    @Test
    void the_query_and_the_headers_of_a_client_go_on() throws Exception {
        claude.next(message("Deep."));

        client.send(
                request(
                        "/v1/messages?beta=true",
                        WHOLE,
                        "user-agent",
                        "claude-cli/2.1.330 (external, cli)",
                        "x-app",
                        "cli",
                        "x-stainless-lang",
                        "js",
                        "x-claude-code-session-id",
                        "s1",
                        "anthropic-beta",
                        "one,two",
                        "x-mine",
                        "stays"),
                BodyHandlers.ofString());

        StubClaude.Request sent = claude.requests().get(0);
        assertThat(sent.line()).isEqualTo("POST /v1/messages?beta=true HTTP/1.1");
        assertThat(sent.headers())
                .containsAllEntriesOf(Map.of(
                        "user-agent",
                        "claude-cli/2.1.330 (external, cli)",
                        "x-app",
                        "cli",
                        "x-stainless-lang",
                        "js",
                        "x-claude-code-session-id",
                        "s1",
                        "anthropic-beta",
                        "one,two"))
                .doesNotContainKey("x-mine");
    }

    @Test
    void no_header_of_a_request_comes_back() throws Exception {
        claude.next(message("Deep."));

        HttpResponse<String> response =
                asked(WHOLE, "anthropic-workspace-id", "wrkspc_1", "anthropic-beta", "one", "x-app", "cli");

        assertThat(response.headers().map())
                .doesNotContainKeys("anthropic-workspace-id", "anthropic-beta", "anthropic-version", "x-app");
    }

    @Test
    void hello_gives_back_nothing_of_what_it_was_asked() throws Exception {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create(bundle.door() + "/api/hello?set-cookie=a%3Db&x-query=1"))
                        .header("x-mine", "1")
                        .build(),
                BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo("hello");
        assertThat(response.headers().map()).doesNotContainKeys("set-cookie", "x-query", "x-mine");
    }

    @Test
    void a_client_that_takes_gzip_gets_a_long_reply_compressed() throws Exception {
        String text = "Very deep. ".repeat(500);
        claude.always(message(text));

        HttpResponse<byte[]> response = client.send(
                request("/v1/messages", WHOLE, "accept-encoding", "gzip, deflate"), BodyHandlers.ofByteArray());
        HttpResponse<String> plain = asked(WHOLE, "accept-encoding", "gzip;q=0");

        assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(new String(
                        new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes(),
                        StandardCharsets.UTF_8))
                .isEqualTo(plain.body())
                .contains(text);
    }

    @Test
    void an_unknown_event_cannot_begin_another_by_its_name() throws Exception {
        claude.next(stream()
                .start()
                .text("Deep.")
                .sse("event: x\ndata: {\"type\":\"a\\nevent: message_stop\\ndata: {}\\n\\n\"}\n\n")
                .stop());

        HttpResponse<String> response = asked(WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\""));

        assertThat(response.body().lines().filter(line -> line.equals("event: message_stop")))
                .hasSize(1);
        assertThat(response.body()).contains("event: a_event__message_stop_data");
    }

    @Nested
    class When_a_client_retries_itself {

        @ParameterizedTest
        @CsvSource({"x-stainless-retry-count,0", "user-agent,claude-cli/2.1.330 (external; cli)"})
        void a_failed_call_is_made_once(String header, String value) throws Exception {
            claude.always(error(529, "overloaded_error"));

            assertThat(asked(WHOLE, header, value).statusCode()).isEqualTo(529);

            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_limit_is_passed_on_at_once_with_its_wait() throws Exception {
            claude.always(error(429, "rate_limit_error", "retry-after: 7"));

            HttpResponse<String> response = asked(WHOLE, "x-stainless-retry-count", "0");

            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(response.headers().firstValue("retry-after")).contains("7");
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_limit_is_passed_on_at_once_to_any_client() throws Exception {
            claude.always(error(429, "rate_limit_error", "retry-after: 1"));

            HttpResponse<String> response = asked(WHOLE);

            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(response.headers().firstValue("retry-after")).contains("1");
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void each_endpoint_is_called_once() throws Exception {
            bundle.with("claude.endpoints.second.url", claude.url())
                    .with("claude.endpoints.*.probe-path", "")
                    .with("claude.call.order", "priority");
            claude.next(error(529, "overloaded_error"), message("Deep."));

            assertThat(asked(WHOLE, "x-stainless-retry-count", "0").statusCode())
                    .isEqualTo(200);
        }
    }

    @Nested
    class The_reply_cache {

        private void twice(int calls, String body, String... headers) throws Exception {
            claude.always(message("Deep."));
            asked(body, headers);
            asked(body, headers);
            assertThat(claude.requests()).hasSize(calls);
        }

        @Test
        void is_off_unless_it_is_asked_for() throws Exception {
            twice(2, WHOLE);
        }

        @Test
        void can_be_asked_for_by_a_request_and_says_so() throws Exception {
            twice(1, WHOLE, "x-claude-routes-cache", "use");

            HttpResponse<String> remembered = asked(WHOLE, "x-claude-routes-cache", "use");
            assertThat(remembered.headers().firstValue("cache-status")).contains("claude-routes; hit");
            assertThat(remembered.headers().firstValue("age")).isPresent();
            assertThat(remembered.headers().firstValue("request-id").orElseThrow())
                    .startsWith("req_");
        }

        @ParameterizedTest
        @CsvSource({
            "cache-control,no-cache",
            "cache-control,no-store",
            "x-stainless-retry-count,1",
            "x-claude-routes-cache,bypass"
        })
        void is_not_used_where_a_header_forbids_it(String header, String value) throws Exception {
            bundle.with("claude.gateway.cache", "use");

            twice(2, WHOLE, header, value);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\"tools\":[{\"name\":\"a\",\"input_schema\":{}}]",
                    "\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}]",
                    "\"tools\":[{\"type\":\"memory_20250818\",\"name\":\"memory\"}]",
                    "\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://m/sse\",\"name\":\"mail\"}]",
                    "\"container\":\"c1\""
                })
        void is_not_used_where_each_call_may_have_an_effect(String field) throws Exception {
            bundle.with("claude.gateway.cache", "use");

            twice(2, WHOLE.replace("{\"model\"", "{" + field + ",\"model\""));
        }

        @Test
        void can_be_on_for_one_key() throws Exception {
            bundle.with("claude.gateway.keys.one.key", "key-one")
                    .with("claude.gateway.keys.one.cache", "use")
                    .with("claude.gateway.keys.two.key", "key-two");

            twice(1, WHOLE, "x-api-key", "key-one");
            asked(WHOLE, "x-api-key", "key-two");
            asked(WHOLE, "x-api-key", "key-two");
            assertThat(claude.requests()).hasSize(3);
        }
    }

    @Nested
    class When_a_client_leaves {

        @Test
        void its_call_ends_by_default() throws Exception {
            CountDownLatch gone = new CountDownLatch(1);
            claude.next(stream().start().text("De").endlessly("event: ping\ndata: {\"type\": \"ping\"}\n\n"));
            try (InputStream body = client.send(
                            request("/v1/messages", WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"")),
                            BodyHandlers.ofInputStream())
                    .body()) {
                assertThat(body.read()).isPositive();
            }
            gone.countDown();

            Bundle.until(() -> bundle.context().getInflightRepository().size() == 0);
        }
    }

    @Nested
    class Many_requests_of_one_session {

        @Test
        void are_not_made_to_wait_for_each_other() throws Exception {
            claude.always(silence(released));
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                responses.add(client.sendAsync(
                        request("/v1/messages", WHOLE, "x-claude-code-session-id", "s1"), BodyHandlers.ofString()));
            }

            Bundle.until(() -> claude.requests().size() == 10);

            released.countDown();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                assertThat(response.get().statusCode()).isPositive();
            }
        }
    }
}
