package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.RawSocket;
import io.clauderoutes.support.SocketPeer;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** WebSocket clients of the gateway, over real connections. */
@Timeout(120)
class WebSocketTest {

    private static final String KEY = "key-one-0123456789";
    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .with("claude.gateway.websocket.requests", "3")
            .with("claude.gateway.keys.one.key", KEY)
            .with("claude.gateway.keys.two.key", "key-two-0123456789")
            .withHttpDoor();

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private SocketPeer connect() {
        return SocketPeer.connect(bundle.door(), KEY);
    }

    private static String asking(String text) {
        return STREAMED.replace("How deep?", text);
    }

    private static List<String> types(List<JsonNode> messages) {
        return messages.stream()
                .map(message -> message.path("type").asText())
                .distinct()
                .toList();
    }

    @Test
    void a_request_gets_its_events_in_order() throws Exception {
        claude.next(says("Very ", "deep."));
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);

            List<JsonNode> messages = peer.until("done");

            assertThat(types(messages)).containsExactly("accepted", "started", "event", "done");
            assertThat(messages)
                    .allSatisfy(
                            message -> assertThat(message.path("id").asText()).isEqualTo("r1"));
            assertThat(SocketPeer.text(messages)).isEqualTo("Very deep.");
            assertThat(messages.get(2).path("seq").asInt()).isEqualTo(1);
            assertThat(messages.get(2).path("event").asText()).isEqualTo("message_start");
            assertThat(messages.get(1).path("headers").path("x-claude-routes-stream-id"))
                    .isEqualTo(messages.get(0).path("stream"));
            assertThat(peer.subprotocol()).isEqualTo(SocketPeer.PROTOCOL);
        }
    }

    @Test
    void a_request_without_stream_gets_one_reply() throws Exception {
        claude.next(message("Very deep."));
        try (SocketPeer peer = connect()) {
            peer.request("r1", WHOLE);

            List<JsonNode> messages = peer.until("reply");

            assertThat(types(messages)).containsExactly("accepted", "reply");
            JsonNode reply = messages.get(1);
            assertThat(reply.at("/body/content/0/text").asText()).isEqualTo("Very deep.");
            assertThat(reply.at("/headers/request-id").asText()).isNotEmpty();
        }
    }

    @Test
    void many_requests_share_a_connection() throws Exception {
        claude.whenPromptHas(
                "first", stream().start().text("one").waitFor(released).stop());
        claude.whenPromptHas("second", says("two"));
        try (SocketPeer peer = connect()) {
            peer.request("r1", asking("first"));
            peer.until("event");
            peer.request("r2", asking("second"));

            List<JsonNode> both = peer.until("done");
            released.countDown();
            List<JsonNode> rest = peer.until("done");

            assertThat(both.get(both.size() - 1).path("id").asText()).isEqualTo("r2");
            assertThat(rest.get(rest.size() - 1).path("id").asText()).isEqualTo("r1");
        }
    }

    @Test
    void the_endpoint_gets_the_body_byte_for_byte_and_the_headers_of_the_message() throws Exception {
        claude.next(message("Yes."));
        String body = "{ \"model\" : \"claude-sonnet-5-5\",\"max_tokens\":6.4e1, \"messages\":[{\"role\":\"user\","
                + "\"content\":\"\\u00e9 é 雪\"}] }";
        try (SocketPeer peer = connect()) {
            peer.send("{\"body\":" + body + ",\"headers\":{\"Anthropic-Beta\":\"a-1\",\"x-api-key\":\"other\"},"
                    + "\"id\":\"r1\",\"type\":\"request\"}");
            peer.until("reply");

            assertThat(claude.requests().get(0).body()).isEqualTo(body);
            assertThat(claude.requests().get(0).headers())
                    .containsEntry("anthropic-beta", "a-1")
                    .doesNotContainValue("other");
        }
    }

    @Test
    void an_error_of_the_api_is_the_last_message_of_its_request() throws Exception {
        claude.next(error(529, "overloaded_error", "retry-after: 7"));
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);

            JsonNode failure = peer.until("error").get(1);

            assertThat(failure.path("status").asInt()).isEqualTo(529);
            assertThat(failure.at("/body/error/type").asText()).isEqualTo("overloaded_error");
            assertThat(failure.at("/headers/retry-after").asText()).isEqualTo("7");
            assertThat(failure.path("id").asText()).isEqualTo("r1");
        }
    }

    @Test
    void a_stream_that_breaks_ends_with_an_error_after_its_events() throws Exception {
        claude.next(stream().start().text("Very ").errorEvent("overloaded_error"));
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);

            List<JsonNode> messages = peer.until("error");

            assertThat(SocketPeer.text(messages)).isEqualTo("Very ");
            assertThat(types(messages)).containsExactly("accepted", "started", "event", "error");
        }
    }

    @Test
    void a_cancel_ends_the_call_and_the_id_is_free_again() throws Exception {
        claude.next(stream().start().text("Very ").endlessly("deep "), says("again"));
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);
            peer.until("event");
            peer.send("{\"type\":\"cancel\",\"id\":\"r1\"}");
            peer.until("cancelled");
            peer.request("r1", STREAMED);

            assertThat(SocketPeer.text(peer.until("done"))).isEqualTo("again");
        }
    }

    @Test
    void no_more_events_are_sent_than_the_client_takes() throws Exception {
        claude.next(says("a", "b", "c", "d", "e", "f"));
        try (SocketPeer peer = connect()) {
            peer.send("{\"type\":\"request\",\"id\":\"r1\",\"credit\":3,\"body\":" + STREAMED + "}");
            List<JsonNode> messages = peer.until("started");
            for (int event = 1; event <= 3; event++) {
                assertThat(peer.next().path("seq").asInt()).isEqualTo(event);
            }
            peer.send("{\"type\":\"ping\",\"id\":\"p\"}");
            assertThat(peer.next().path("type").asText()).isEqualTo("pong");

            peer.send("{\"type\":\"credit\",\"id\":\"r1\",\"events\":1}");
            assertThat(peer.next().path("seq").asInt()).isEqualTo(4);
            peer.send("{\"type\":\"credit\",\"id\":\"r1\",\"events\":1000}");
            messages.addAll(peer.until("done"));

            assertThat(SocketPeer.text(messages)).endsWith("cdef");
        }
    }

    @Test
    void a_reply_is_continued_on_another_connection() throws Exception {
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        String id;
        int last;
        SocketPeer first = connect();
        first.request("r1", STREAMED);
        List<JsonNode> begin = first.until("event");
        id = begin.get(0).path("stream").asText();
        JsonNode latest = begin.get(begin.size() - 1);
        while (!latest.path("event").asText().equals("content_block_delta")) {
            latest = first.next();
        }
        last = latest.path("seq").asInt();
        first.abort();
        try (SocketPeer second = connect()) {
            second.send("{\"type\":\"resume\",\"id\":\"s1\",\"stream\":\"" + id + "\",\"after\":" + last + "}");
            second.until("accepted");
            released.countDown();

            List<JsonNode> rest = second.until("done");

            assertThat(SocketPeer.text(rest)).isEqualTo("deep.");
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Test
    void a_reply_is_continued_over_http_and_only_by_its_own_client() throws Exception {
        claude.next(says("Very ", "deep."));
        try (SocketPeer peer = connect();
                SocketPeer other = SocketPeer.connect(bundle.door(), "key-two-0123456789")) {
            peer.request("r1", STREAMED);
            String id = peer.until("done").get(0).path("stream").asText();

            other.send("{\"type\":\"resume\",\"id\":\"x\",\"stream\":\"" + id + "\"}");
            HttpResponse<String> http = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages/streams/" + id))
                                    .header("x-api-key", KEY)
                                    .build(),
                            BodyHandlers.ofString(UTF_8));

            assertThat(other.next().path("status").asInt()).isEqualTo(404);
            assertThat(http.body()).contains("\"Very \"").contains("message_stop");
        }
    }

    @Test
    void the_same_idempotency_key_joins_the_reply() throws Exception {
        claude.next(says("Very ", "deep."));
        String request = "\"headers\":{\"idempotency-key\":\"k1\"},\"type\":\"request\",\"body\":" + STREAMED + "}";
        try (SocketPeer peer = connect()) {
            peer.send("{\"id\":\"r1\"," + request);
            String first = SocketPeer.text(peer.until("done"));
            peer.send("{\"id\":\"r2\"," + request);
            String second = SocketPeer.text(peer.until("done"));
            peer.send("{\"id\":\"r3\"," + request.replace("deep?", "far?"));

            assertThat(peer.next().path("status").asInt()).isEqualTo(409);
            assertThat(second).isEqualTo(first);
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Test
    void a_connection_has_a_bounded_number_of_requests_with_different_ids() throws Exception {
        claude.always(stream().start().text("Very ").waitFor(released).stop());
        try (SocketPeer peer = connect()) {
            for (int i = 1; i <= 3; i++) {
                peer.request("r" + i, STREAMED);
                peer.until("started");
            }
            peer.soFar();
            peer.request("r4", STREAMED);
            JsonNode tooMany = peer.until("error").stream().reduce((a, b) -> b).orElseThrow();
            peer.request("r1", STREAMED);
            JsonNode again = peer.until("error").stream().reduce((a, b) -> b).orElseThrow();

            assertThat(tooMany.path("id").asText()).isEqualTo("r4");
            assertThat(tooMany.toString()).contains("claude.gateway.websocket.requests=3");
            assertThat(again.has("id")).isFalse();
            assertThat(again.path("status").asInt()).isEqualTo(409);
        }
    }

    @Test
    void a_browser_shows_its_key_as_a_subprotocol() throws Exception {
        claude.next(says("Very ", "deep."));
        String key =
                "claude-routes.key." + Base64.getUrlEncoder().withoutPadding().encodeToString(KEY.getBytes(UTF_8));
        try (SocketPeer peer = SocketPeer.offering(bundle.door(), SocketPeer.PROTOCOL, key)) {
            peer.request("r1", STREAMED);

            assertThat(SocketPeer.text(peer.until("done"))).isEqualTo("Very deep.");
            assertThat(peer.subprotocol()).isEqualTo(SocketPeer.PROTOCOL);
        }
    }

    @Test
    void a_client_without_a_key_gets_no_connection() {
        assertThatThrownBy(() -> SocketPeer.offering(bundle.door(), SocketPeer.PROTOCOL))
                .cause()
                .isInstanceOfSatisfying(WebSocketHandshakeException.class, refused -> assertThat(
                                refused.getResponse().statusCode())
                        .isEqualTo(401));
    }

    private HttpResponse<String> get(String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/ws")).header("x-api-key", KEY);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void a_plain_request_is_told_what_the_path_is() throws Exception {
        HttpResponse<String> response = get();

        assertThat(response.statusCode()).isEqualTo(426);
        assertThat(response.headers().firstValue("sec-websocket-version")).hasValue("13");
        assertThat(response.body()).contains("claude-routes.v1");
    }

    @Test
    void what_cannot_be_read_is_an_error_and_the_connection_stays() throws Exception {
        claude.next(says("Very ", "deep."));
        try (SocketPeer peer = connect()) {
            for (String junk : List.of(
                    "junk",
                    "[]",
                    "{}",
                    "{\"type\":\"request\"}",
                    "{\"type\":\"order\",\"id\":\"a\"}",
                    "",
                    "null",
                    "\"x\"",
                    "{\"type\":\"request\",\"id\":\"a b\",\"body\":{}}",
                    "{\"type\":\"request\",\"id\":\"a\",\"body\":7}",
                    "{\"type\":\"request\",\"id\":\"a\",\"id\":\"b\",\"body\":{}}",
                    "{\"type\":\"ping\"}{}",
                    "{\"type\":\"credit\",\"id\":\"a\",\"events\":-1}",
                    "{\"type\":\"resume\",\"id\":\"a\"}",
                    "{\"type\":\"request\",\"id\":\"a\",\"body\":{},\"headers\":{\"a\\nb\":\"c\"}}",
                    "{\"type\":\"request\",\"id\":\"a\",\"body\":{},\"nonsense\":1}",
                    "{\"type\":\"request\",\"id\":\"a\",\"body\":" + "[".repeat(5000) + "}")) {
                peer.send(junk);

                JsonNode problem = peer.next();
                assertThat(problem.path("type").asText()).as(junk).isEqualTo("error");
                assertThat(problem.path("status").asInt()).as(junk).isEqualTo(400);
                assertThat(problem.toString()).as(junk).doesNotContain("nonsense");
            }
            peer.send("{\"type\":\"cancel\",\"id\":\"none\"}");
            peer.send("{\"type\":\"credit\",\"id\":\"none\",\"events\":1}");
            peer.request("r1", STREAMED);

            assertThat(SocketPeer.text(peer.until("done"))).isEqualTo("Very deep.");
        }
    }

    @Test
    void a_long_message_is_read_whole_and_later_messages_stay_behind_it() throws Exception {
        claude.next(StubReply.message("Long."));
        String text = "é".repeat(3_000_000);
        try (SocketPeer peer = connect()) {
            peer.request("r1", WHOLE.replace("How deep?", text));
            peer.send("{\"type\":\"cancel\",\"id\":\"r2\"}");
            peer.send("{\"type\":\"ping\"}");

            assertThat(types(peer.until("reply"))).contains("accepted", "pong", "reply");
            assertThat(claude.requests().get(0).body()).contains(text);
        }
    }

    @Test
    void a_call_ends_when_its_client_cancels_before_any_text() throws Exception {
        claude.next(stream().waitFor(released).start().text("late").stop());
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);
            peer.until("accepted");
            Bundle.until(() -> claude.requests().size() == 1);
            assertThat(bundle.meter("claude.throttle.in.flight")).isEqualTo(1);

            peer.send("{\"type\":\"cancel\",\"id\":\"r1\"}");

            peer.until("cancelled");
            Bundle.until(() -> bundle.meter("claude.throttle.in.flight") == 0);
        }
    }

    @Test
    void a_page_of_another_origin_is_refused() throws Exception {
        assertThat(statusFrom("https://evil.example")).contains(" 403 ");
        assertThat(statusFrom("null")).contains(" 403 ");
        assertThat(statusFrom("http://localhost:3000")).contains(" 101 ");
        assertThat(statusFrom("https://" + bundle.door().getAuthority())).contains(" 101 ");
    }

    private String statusFrom(String origin) throws IOException {
        try (RawSocket socket =
                new RawSocket(bundle.door(), "x-api-key: " + KEY + "\r\n", "origin: " + origin + "\r\n")) {
            return socket.head().lines().findFirst().orElseThrow();
        }
    }

    @Test
    void requests_in_progress_get_their_replies_when_the_bundle_stops() throws Exception {
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        try (SocketPeer busy = connect();
                SocketPeer idle = connect()) {
            busy.request("r1", STREAMED);
            busy.until("event");
            Future<?> stopped = bundle.inBackground(() -> {
                bundle.context().stop();
                return null;
            });
            assertThat(idle.closed()).startsWith("1001").contains("stopping");
            busy.request("r2", STREAMED);
            JsonNode refused = busy.until("error").stream().reduce((a, b) -> b).orElseThrow();
            released.countDown();

            assertThat(refused.path("id").asText()).isEqualTo("r2");
            assertThat(refused.path("status").asInt()).isEqualTo(503);
            assertThat(SocketPeer.text(busy.until("done"))).isEqualTo("deep.");
            assertThat(busy.closed()).startsWith("1001");
            stopped.get();
        }
    }

    @Test
    void meters_count_connections_and_requests() throws Exception {
        claude.next(stream().start().text("Very ").waitFor(released).stop());
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);
            peer.until("event");

            assertThat(bundle.meter("claude.websocket.connections")).isEqualTo(1);
            assertThat(bundle.meter("claude.websocket.requests")).isEqualTo(1);
            released.countDown();
            peer.until("done");
            Bundle.until(() -> bundle.meter("claude.websocket.requests") == 0);
        }
        Bundle.until(() -> bundle.meter("claude.websocket.connections") == 0);
    }

    @Test
    void a_reply_is_redacted_and_a_limit_of_the_key_refuses_the_request() throws Exception {
        bundle.with("claude.limits.small.models", "claude-sonnet-*").with("claude.gateway.keys.one.limits", "small");
        claude.next(says("card 4111 1111 ", "1111 1111."));
        try (SocketPeer peer = connect()) {
            peer.request("r1", STREAMED);
            assertThat(SocketPeer.text(peer.until("done")))
                    .doesNotContain("4111")
                    .contains("card ");

            peer.request("r2", STREAMED.replace("claude-sonnet-5-5", "claude-opus-5-5"));
            assertThat(peer.until("error").toString()).contains("claude-opus-5-5");
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Test
    void streams_that_are_cut_at_random_events_are_whole_at_the_end() throws Exception {
        claude.always(says("one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight ", "nine ", "ten"));
        Random random = new Random(20_261_130);
        List<String> whole = cut(random, 0);

        for (int stream = 0; stream < 40; stream++) {
            assertThat(cut(random, 1 + random.nextInt(5))).isEqualTo(whole);
        }

        assertThat(claude.requests()).hasSize(41);
    }

    /** The data of all events of a reply whose connection breaks so many times. */
    private List<String> cut(Random random, int times) throws InterruptedException {
        List<String> data = new ArrayList<>();
        SocketPeer peer = connect();
        peer.request("r", STREAMED);
        String stream = peer.next().path("stream").asText();
        boolean ended = false;
        for (int i = 0; i < times && !ended; i++) {
            for (int events = random.nextInt(4); events >= 0 && !ended; events--) {
                ended = take(peer.next(), data);
            }
            peer.abort();
            peer = connect();
            peer.send("{\"type\":\"resume\",\"id\":\"r\",\"stream\":\"" + stream + "\",\"after\":" + data.size() + "}");
            ended = false;
        }
        while (!ended) {
            ended = take(peer.next(), data);
        }
        peer.close();
        return data;
    }

    /** Keeps an event; true for the last message. */
    private static boolean take(JsonNode message, List<String> data) {
        if (message.path("type").asText().equals("event")) {
            data.add(message.path("data").toString());
            assertThat(message.path("seq").asInt()).isEqualTo(data.size());
        }
        return message.path("type").asText().equals("done");
    }
}
