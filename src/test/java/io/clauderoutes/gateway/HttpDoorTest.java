package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP door over real connections, with all stages behind it. */
@Timeout(120)
@Order(11)
class HttpDoorTest {

    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}],"unknown":[1]}""";
    private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .with("claude.gateway.ping-interval", "10m")
            .withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + path)).header("content-type", "application/json");
    }

    private HttpRequest asks(String body) {
        return request("/v1/messages?beta=true")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> answer(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** What comes after the first line that holds a text. */
    private static BufferedReader after(String text, InputStream body) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        String line = lines.readLine();
        while (!line.contains(text)) {
            line = lines.readLine();
        }
        return lines;
    }

    private static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length()))
                .toList();
    }

    @Nested
    class When_the_whole_reply_is_asked_for {

        @Test
        void it_is_the_message_of_the_api() throws Exception {
            claude.next(message("Very deep."));

            HttpResponse<String> response = answer(asks(WHOLE));

            assertThat(response.body()).contains("\"type\":\"message\"").contains("Very deep.");
        }

        @Test
        void one_in_which_nothing_is_redacted_leaves_byte_for_byte() throws Exception {
            String odd = "{\"id\": \"msg_1\",  \"type\":\"message\", \"new\":[1.50, 1e2, null], \"content\":["
                    + "{\"type\":\"text\",\"text\":\"\\u0041h\"}, {\"type\":\"new_block\",\"a\":0.1234567890123456789}],"
                    + " \"stop_reason\":\"end_turn\", \"usage\":{\"input_tokens\":9,\"output_tokens\":2}}\n";
            claude.next(status(200, odd));

            HttpResponse<String> response = answer(asks(WHOLE));

            assertThat(response.body()).isEqualTo(odd);
        }

        @Test
        void one_that_is_remembered_leaves_byte_for_byte_too() throws Exception {
            bundle.with("claude.cache.enabled", "true").with("claude.gateway.cache", "use");
            String odd =
                    "{\"id\": \"msg_1\",  \"type\":\"message\", \"content\":[{\"type\":\"text\",\"text\":\"\\u0041h\"}],"
                            + " \"stop_reason\":\"end_turn\", \"usage\":{\"input_tokens\":9,\"output_tokens\":2}}\n";
            claude.next(status(200, odd));
            answer(asks(WHOLE));

            HttpResponse<String> again = answer(asks(WHOLE));

            assertThat(again.body()).isEqualTo(odd);
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void numbers_stay_as_they_are_written_where_something_is_redacted() throws Exception {
            claude.next(
                    status(
                            200,
                            "{\"id\":\"msg_1\",\"type\":\"message\",\"new\":[1.50,0.1234567890123456789],\"content\":["
                                    + "{\"type\":\"text\",\"text\":\"It is 4111-1111-1111-1111.\"}],\"stop_reason\":\"end_turn\"}"));

            HttpResponse<String> response = answer(asks(WHOLE));

            assertThat(response.body()).contains("[REDACTED]").contains("\"new\":[1.50,0.1234567890123456789]");
        }

        @Test
        void the_request_reaches_the_api_byte_for_byte() throws Exception {
            claude.next(message("Very deep."));

            answer(asks(WHOLE));

            assertThat(claude.requests().get(0).body()).isEqualTo(WHOLE);
        }

        @Test
        void cards_are_redacted() throws Exception {
            claude.next(message("It is 4111-1111-1111-1111."));

            HttpResponse<String> response = answer(asks(WHOLE));

            assertThat(response.body()).contains("It is [REDACTED].");
        }
    }

    @Nested
    class When_a_stream_is_asked_for {

        @Test
        void the_events_come_as_they_came() throws Exception {
            claude.next(says("Very ", "deep."));

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(events(response.body()))
                    .containsExactly(
                            "message_start",
                            "content_block_start",
                            "content_block_delta",
                            "content_block_delta",
                            "content_block_stop",
                            "message_delta",
                            "message_stop");
        }

        @Test
        void an_event_that_nobody_changed_leaves_byte_for_byte() throws Exception {
            String odd = "{\"type\":\"content_block_delta\", \"index\":0,\"delta\":{\"type\":\"text_delta\","
                    + "\"text\":\"\\u0041h \"}, \"new\": 1    }";
            claude.next(stream()
                    .start()
                    .sse("event: content_block_delta\ndata: " + odd + "\n\n")
                    .stop());

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(response.body()).contains("\ndata: " + odd + "\n\n");
        }

        @Test
        void events_that_end_within_a_word_leave_byte_for_byte_too() throws Exception {
            claude.always(says("Ver", "y de", "ep, they s", "ay"));
            HttpRequest direct = HttpRequest.newBuilder(URI.create(claude.url() + "/v1/messages"))
                    .headers(
                            "content-type",
                            "application/json",
                            "x-api-key",
                            "sk-ant-any",
                            "anthropic-version",
                            "2023-06-01")
                    .POST(HttpRequest.BodyPublishers.ofString(STREAMED))
                    .build();

            assertThat(answer(asks(STREAMED)).body()).isEqualTo(answer(direct).body());
        }

        @Test
        void a_proxy_is_asked_not_to_hold_events_back() throws Exception {
            claude.next(stream().start().text("Very deep.").stop());

            assertThat(answer(asks(STREAMED)).headers().firstValue("x-accel-buffering"))
                    .hasValue("no");
        }

        @Test
        void the_first_piece_comes_before_the_last_has_left_the_endpoint() throws Exception {
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .waitFor(released)
                    .text("deep.")
                    .stop());

            HttpResponse<InputStream> response = client.send(asks(STREAMED), HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader lines = after("Very ", response.body());
            released.countDown();

            assertThat(lines.lines()).anyMatch(later -> later.contains("deep."));
        }

        @Test
        void it_begins_with_the_endpoints_first_piece_though_that_may_still_have_to_be_redacted() throws Exception {
            claude.next(stream()
                    .start()
                    .sse("event: ping\ndata: {\"type\": \"ping\"}\n\n")
                    .text("4111-")
                    .waitFor(released)
                    .text("1111-1111-1111 ")
                    .stop());

            HttpResponse<InputStream> response = client.send(asks(STREAMED), HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader lines = after("event: ping", response.body());
            released.countDown();

            assertThat(lines.lines().filter(line -> line.contains("text_delta")))
                    .first()
                    .asString()
                    .contains("[REDACTED]");
        }

        @Test
        void a_delta_that_nobody_knows_goes_on_as_it_came() throws Exception {
            String delta =
                    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"new_delta\",\"x\":1}}";
            claude.next(stream()
                    .start()
                    .text("Deep. ")
                    .sse("event: content_block_delta\n" + delta + "\n\n")
                    .stop());

            assertThat(answer(asks(STREAMED)).body()).contains(delta).contains("message_stop");
        }

        @Test
        void an_event_longer_than_what_the_server_buffers_comes_once() throws Exception {
            String text = "x".repeat(300_000) + " ";
            claude.next(says(text, "end"));

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(response.body()).containsOnlyOnce(text).contains("\"text\":\"end\"");
        }

        @Test
        void whoever_joined_it_does_not_wait_for_the_first_caller_who_reads_nothing() throws Exception {
            bundle.with("claude.cache.enabled", "true")
                    .with("claude.gateway.cache", "use")
                    .with("claude.gateway.write-timeout", "10m");
            String[] pieces =
                    Stream.generate(() -> "word ".repeat(20_000)).limit(150).toArray(String[]::new);
            StubReply reply = stream().start().text("Very ").waitFor(released);
            Stream.of(pieces).forEach(reply::text);
            claude.next(reply.stop());
            InputStream unread = client.send(asks(STREAMED), HttpResponse.BodyHandlers.ofInputStream())
                    .body();
            CompletableFuture<HttpResponse<String>> second =
                    client.sendAsync(asks(STREAMED), HttpResponse.BodyHandlers.ofString());
            Bundle.until(() -> bundle.meter("claude.cache.requests", "result", "joined") == 1);

            released.countDown();

            assertThat(second).succeedsWithin(Duration.ofSeconds(60)).satisfies(response -> assertThat(response.body())
                    .contains("event: message_stop"));
            unread.close();
        }

        @Test
        void pings_of_ours_come_while_the_endpoint_is_silent() throws Exception {
            bundle.with("claude.gateway.ping-interval", "50ms");
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .waitFor(released)
                    .text("deep.")
                    .stop());

            HttpResponse<InputStream> response = client.send(asks(STREAMED), HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader lines = after("event: ping", response.body());
            released.countDown();

            assertThat(lines.lines()).contains("event: message_stop");
        }

        @Test
        void an_error_after_content_ends_it_as_the_api_would() throws Exception {
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .errorEvent("overloaded_error")
                    .end());

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(response.body()).contains("event: error\ndata: {").contains("overloaded_error");
        }

        @Test
        void a_cut_after_the_first_piece_is_told_and_not_called_again() throws Exception {
            bundle.with("claude.call.max-attempts", "3");
            claude.next(stream().start().text("Very").reset());

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(response.body()).contains("\"text\":\"Very\"").contains("event: error\ndata: {");
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_cut_before_the_first_piece_is_called_again_and_there_is_one_beginning() throws Exception {
            bundle.with("claude.call.max-attempts", "3");
            claude.next(stream().start().reset(), says("Very ", "deep."));

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(events(response.body()))
                    .containsOnlyOnce("message_start")
                    .endsWith("message_stop");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void an_error_before_content_is_a_status() throws Exception {
            claude.next(stream().start().errorEvent("overloaded_error").end());

            HttpResponse<String> response = answer(asks(STREAMED));

            assertThat(response.statusCode()).isEqualTo(529);
        }
    }

    @Nested
    class When_the_api_refuses {

        @Test
        void the_body_comes_back_byte_for_byte() throws Exception {
            String body = "{\"type\":\"error\", \"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"} }";
            claude.next(status(400, body));

            HttpResponse<String> response = answer(asks(WHOLE));

            assertThat(response.body()).isEqualTo(body);
        }

        @Test
        void its_headers_come_back() throws Exception {
            claude.next(error(
                    429,
                    "rate_limit_error",
                    "retry-after: 7",
                    "x-should-retry: false",
                    "anthropic-ratelimit-requests-limit: 5"));

            Map<String, List<String>> headers = answer(asks(WHOLE)).headers().map();

            assertThat(headers)
                    .containsEntry("retry-after", List.of("7"))
                    .containsEntry("x-should-retry", List.of("false"))
                    .containsEntry("anthropic-ratelimit-requests-limit", List.of("5"));
        }
    }

    @Nested
    class When_the_request_is_junk {

        @ParameterizedTest
        @ValueSource(strings = {"", "nope", "[]", "{\"model\":", "\u0000\u0001"})
        void the_refusal_has_the_apis_shape(String body) throws Exception {
            HttpResponse<String> response = answer(asks(body));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("\"type\":\"invalid_request_error\"");
        }

        @Test
        void a_form_is_told_what_is_wrong_with_it() throws Exception {
            HttpResponse<String> response = answer(request("/v1/messages")
                    .setHeader("content-type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(WHOLE))
                    .build());

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("content-type: application/json");
        }

        @Test
        void one_that_is_too_long_is_refused_in_the_apis_shape() throws Exception {
            HttpResponse<String> response = answer(asks("\"" + "x".repeat(1_000_001) + "\""));

            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(response.body()).contains("\"type\":\"request_too_large\"");
        }
    }

    @Nested
    class A_page_in_a_browser {

        private HttpResponse<String> asked(String origin) throws Exception {
            return answer(request("/v1/messages")
                    .header("origin", origin)
                    .POST(HttpRequest.BodyPublishers.ofString(WHOLE))
                    .build());
        }

        @ParameterizedTest
        @ValueSource(strings = {"https://elsewhere.example", "http://localhost.elsewhere.example", "null"})
        void of_another_host_spends_nothing(String origin) throws Exception {
            HttpResponse<String> response = asked(origin);

            assertThat(response.statusCode()).isEqualTo(403);
            assertThat(response.body()).contains("permission_error").contains("claude.gateway.keys");
            assertThat(claude.requests()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"http://localhost:8080", "http://127.0.0.1", "https://[::1]:8443"})
        void of_this_machine_is_served(String origin) throws Exception {
            claude.next(message("Very deep."));

            assertThat(asked(origin).statusCode()).isEqualTo(200);
        }
    }

    @Nested
    class When_callers_need_a_key {

        HttpDoorTest with_keys() {
            bundle.with("claude.gateway.keys.team.key", "sk-team").with("claude.gateway.keys.team.tenant", "team");
            return HttpDoorTest.this;
        }

        @Test
        void one_without_is_refused_as_the_api_would() throws Exception {
            HttpResponse<String> response = with_keys().answer(asks(WHOLE));

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).contains("authentication_error");
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-api-key: sk-team", "authorization: Bearer sk-team"})
        void one_with_it_is_served(String header) throws Exception {
            with_keys();
            claude.next(message("Very deep."));
            String[] parts = header.split(": ", 2);

            HttpResponse<String> response = answer(request("/v1/messages")
                    .header(parts[0], parts[1])
                    .POST(HttpRequest.BodyPublishers.ofString(WHOLE))
                    .build());

            assertThat(response.statusCode()).isEqualTo(200);
        }

        @Test
        void it_goes_no_further() throws Exception {
            with_keys();
            claude.next(message("Very deep."));

            answer(request("/v1/messages")
                    .header("x-api-key", "sk-team")
                    .POST(HttpRequest.BodyPublishers.ofString(WHOLE))
                    .build());

            assertThat(claude.requests().get(0).headers()).containsEntry("x-api-key", Bundle.KEY);
        }
    }

    @Nested
    class When_callers_bring_credentials_of_the_endpoint {

        private HttpResponse<String> answered(String path, String... header) throws Exception {
            HttpRequest.Builder asked = request(path).POST(HttpRequest.BodyPublishers.ofString(WHOLE));
            return answer((header.length > 0 ? asked.headers(header) : asked).build());
        }

        HttpDoorTest passed_through() {
            bundle.with("claude.gateway.pass-through.enabled", "true")
                    .with("claude.cache.enabled", "true")
                    .with("claude.gateway.cache", "use");
            return HttpDoorTest.this;
        }

        @ParameterizedTest
        @CsvSource({
            "/v1/messages, x-api-key, sk-mine",
            "/v1/messages, authorization, Bearer mine",
            "/v1/messages/count_tokens, x-api-key, sk-mine",
            "/v1/messages/count_tokens, authorization, Bearer mine"
        })
        void they_go_on_to_it_and_ours_does_not(String path, String header, String value) throws Exception {
            passed_through();
            claude.next(message("Very deep."));

            answered(path, header, value);

            Map<String, String> sent = claude.requests().get(0).headers();
            assertThat(sent).containsEntry(header, value);
            assertThat(sent.values()).noneMatch(other -> other.contains(Bundle.KEY));
            assertThat(sent.keySet()).containsOnlyOnce(header);
        }

        @ParameterizedTest
        @CsvSource({
            "GET, /v1/messages/batches?limit=2",
            "GET, /v1/messages/batches/msgbatch_1",
            "GET, /v1/messages/batches/msgbatch_1/results",
            "POST, /v1/messages/batches/msgbatch_1/cancel",
            "DELETE, /v1/messages/batches/msgbatch_1"
        })
        void their_batches_go_on_to_it(String method, String path) throws Exception {
            passed_through();
            claude.next(message("whatever the endpoint says"));

            HttpResponse<String> answer = answer(request(path)
                    .header("x-api-key", "sk-mine")
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build());

            assertThat(answer.body()).contains("whatever the endpoint says");
            assertThat(claude.requests().get(0).line()).startsWith(method + " " + path);
        }

        @ParameterizedTest
        @CsvSource({
            "GET, /v1/files?limit=2",
            "DELETE, /v1/files/file_1",
            "PATCH, /v1/skills/skill_1",
            "PUT, /v1/anything/that/comes/later?a=b"
        })
        void every_other_path_of_the_api_goes_on_to_it(String method, String path) throws Exception {
            passed_through();
            claude.next(message("whatever the endpoint says"));

            HttpResponse<String> response = answer(request(path)
                    .header("x-api-key", "sk-mine")
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build());

            assertThat(response.body()).contains("whatever the endpoint says");
            assertThat(claude.requests().get(0).line()).isEqualTo(method + " " + path + " HTTP/1.1");
            assertThat(claude.requests().get(0).headers()).containsEntry("x-api-key", "sk-mine");
        }

        @Test
        void a_form_goes_on_as_it_is() throws Exception {
            passed_through();
            claude.next(message("a file"));
            String form =
                    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nDeep.\r\n--b--\r\n";

            HttpResponse<String> response = answer(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/files"))
                    .header("x-api-key", "sk-mine")
                    .header("content-type", "multipart/form-data; boundary=b")
                    .POST(HttpRequest.BodyPublishers.ofString(form))
                    .build());

            assertThat(response.body()).contains("a file");
            assertThat(claude.prompts()).containsExactly(form);
            assertThat(claude.requests().get(0).headers())
                    .containsEntry("content-type", "multipart/form-data; boundary=b");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/v1/files/%2e%2e/organizations", "/v1/files%2fa", "/v2/files", "/v1/a%0d%0ab"})
        void a_path_that_a_server_could_read_as_another_does_not(String path) throws Exception {
            passed_through();

            HttpResponse<String> response =
                    answer(request(path).header("x-api-key", "sk-mine").GET().build());

            assertThat(response.statusCode()).isEqualTo(404);
        }

        @Test
        void nobody_sees_batches_of_the_endpoint_with_our_credential() throws Exception {
            HttpResponse<String> answer =
                    answer(request("/v1/messages/batches").GET().build());

            assertThat(answer.body()).isEqualTo("{\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}");
            assertThat(claude.requests()).isEmpty();
        }

        @Test
        void a_caller_without_any_is_refused_before_the_endpoint_hears_of_it() throws Exception {
            passed_through();

            HttpResponse<String> response = answered("/v1/messages");

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).contains("authentication_error");
            assertThat(claude.requests()).isEmpty();
        }

        @Test
        void nobody_is_answered_from_what_another_has_asked() throws Exception {
            passed_through();
            claude.next(message("Very deep."), message("Deep."));

            answered("/v1/messages", "x-api-key", "sk-one");
            HttpResponse<String> another = answered("/v1/messages", "x-api-key", "sk-two");
            HttpResponse<String> same = answered("/v1/messages", "x-api-key", "sk-one");

            assertThat(another.body()).contains("\"Deep.\"");
            assertThat(same.body()).contains("\"Very deep.\"");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void a_pause_that_the_endpoint_asks_of_one_is_none_for_another() throws Exception {
            passed_through();
            claude.next(error(429, "rate_limit_error", "retry-after: 300"), message("Very deep."));

            HttpResponse<String> limited = answered("/v1/messages", "x-api-key", "sk-one");
            HttpResponse<String> another = answered("/v1/messages", "x-api-key", "sk-two");

            assertThat(limited.statusCode()).isEqualTo(429);
            assertThat(another.body()).contains("\"Very deep.\"");
        }

        @Test
        void a_refusal_of_theirs_comes_back_as_it_is() throws Exception {
            passed_through();
            claude.next(status(401, "{\"error\":\"yours\"}", "content-type: application/json"));

            HttpResponse<String> response = answered("/v1/messages", "x-api-key", "sk-mine");

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).isEqualTo("{\"error\":\"yours\"}");
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Nested
    class When_the_caller_leaves {

        private void leaveAfterTheFirstPiece(StubReply reply) throws Exception {
            claude.next(reply);
            URI door = bundle.door();
            try (Socket socket = new Socket(door.getHost(), door.getPort())) {
                socket.getOutputStream()
                        .write(("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                                        + "content-length: " + STREAMED.length() + "\r\n\r\n" + STREAMED)
                                .getBytes(StandardCharsets.UTF_8));
                after("Very ", socket.getInputStream());
            }
        }

        @Test
        void the_reply_is_read_to_its_end_where_the_setting_says_so() throws Exception {
            bundle.with("claude.fan-out.on-caller-gone", "read-on");
            CountDownLatch sent = new CountDownLatch(1);

            leaveAfterTheFirstPiece(stream()
                    .start()
                    .text("Very ")
                    .waitFor(released)
                    .text("deep.")
                    .stop()
                    .tell(sent));
            released.countDown();

            assertThat(sent.await(60, TimeUnit.SECONDS)).isTrue();
            Bundle.until(() -> bundle.meter("claude.throttle.in.flight") == 0);
        }

        @Test
        void the_next_caller_is_served() throws Exception {
            leaveAfterTheFirstPiece(stream()
                    .start()
                    .text("Very ")
                    .waitFor(released)
                    .text("deep.")
                    .stop());
            released.countDown();
            claude.next(message("Very deep."));

            assertThat(answer(asks(WHOLE)).statusCode()).isEqualTo(200);
        }
    }

    @Nested
    class When_something_else_is_asked_for {

        @Test
        void counting_tokens_is_passed_through() throws Exception {
            claude.next(status(200, "{\"input_tokens\":14}", "content-type: application/json"));

            HttpResponse<String> response = answer(request("/v1/messages/count_tokens?beta=true")
                    .header("anthropic-beta", "some-beta")
                    .POST(HttpRequest.BodyPublishers.ofString(WHOLE))
                    .build());

            assertThat(response.body()).isEqualTo("{\"input_tokens\":14}");
            assertThat(claude.requests().get(0).line()).startsWith("POST /v1/messages/count_tokens?beta=true");
            assertThat(claude.requests().get(0).headers()).containsEntry("anthropic-beta", "some-beta");
        }

        @Test
        void listing_models_is_passed_through() throws Exception {
            claude.next(status(200, "{\"data\":[]}", "content-type: application/json"));

            HttpResponse<String> response =
                    answer(request("/v1/models?limit=1000").GET().build());

            assertThat(response.body()).isEqualTo("{\"data\":[]}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/v1/files", "/v1/organizations/users", "/v1/models/../organizations", "/v1"})
        void the_rest_of_the_api_is_not_there(String path) throws Exception {
            HttpResponse<String> response = answer(request(path).GET().build());

            assertThat(response.statusCode()).isEqualTo(404);
        }
    }
}
