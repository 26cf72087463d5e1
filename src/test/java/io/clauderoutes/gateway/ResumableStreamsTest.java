package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that lose their connection and continue the same reply, over real connections. */
@Timeout(120)
@Order(12)
class ResumableStreamsTest {

    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final String DELTA = """
            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"deep "}}

            """;
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
            .with("claude.gateway.keys.one.key", "key-one-0123456789")
            .with("claude.gateway.keys.two.key", "key-two-0123456789")
            .withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + path))
                .header("content-type", "application/json")
                .header("x-api-key", "key-one-0123456789");
    }

    private HttpRequest.Builder asks(String body) {
        return request("/v1/messages").POST(BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder resumable() {
        return asks(STREAMED).header("x-claude-routes-resumable", "1");
    }

    private HttpResponse<String> answer(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }

    private static String id(HttpResponse<?> response) {
        return response.headers().firstValue("x-claude-routes-stream-id").orElseThrow();
    }

    /** Reads whole events until one holds a text, and breaks the connection. */
    private String brokenAfter(String text, HttpResponse<InputStream> response) throws IOException {
        StringBuilder read = new StringBuilder();
        BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8));
        boolean found = false;
        for (String line = lines.readLine(); !(found && line.isEmpty()); line = lines.readLine()) {
            read.append(line).append('\n');
            found |= line.contains(text);
        }
        response.body().close();
        return read.append('\n').toString();
    }

    private static String lastEvent(String events) {
        return events.lines()
                .filter(line -> line.startsWith("id: "))
                .map(line -> line.substring("id: ".length()))
                .reduce("0", (first, second) -> second);
    }

    private static String withoutIds(String events) {
        return events.replaceAll("(?m)^id: [0-9]+\n", "");
    }

    @Test
    void a_client_continues_after_the_last_event_that_it_has() throws Exception {
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop(), says("Very ", "deep."));
        HttpResponse<InputStream> response = client.send(resumable().build(), BodyHandlers.ofInputStream());
        String begin = brokenAfter("Very ", response);
        released.countDown();

        String rest = answer(request("/v1/messages/streams/" + id(response)).header("last-event-id", lastEvent(begin)))
                .body();

        String uncut = answer(asks(STREAMED)).body();
        assertThat(withoutIds(begin + rest)).isEqualTo(uncut);
        assertThat(claude.requests()).hasSize(2);
    }

    @Test
    void it_can_do_so_several_times_from_any_event() throws Exception {
        claude.next(says("Very ", "deep."));
        HttpResponse<String> whole = answer(resumable());
        long last = Long.parseLong(lastEvent(whole.body()));

        for (long after = 0; after <= last; after++) {
            String rest = answer(
                            request("/v1/messages/streams/" + id(whole)).header("last-event-id", Long.toString(after)))
                    .body();
            int begin = after == 0 ? 0 : whole.body().indexOf("id: " + (after + 1) + "\n");
            assertThat(rest).isEqualTo(begin < 0 ? "" : whole.body().substring(begin));
        }
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void the_reply_goes_on_while_nobody_reads_it() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        claude.next(stream()
                .start()
                .text("Very ")
                .waitFor(released)
                .text("deep.")
                .stop()
                .tell(ended));
        HttpResponse<InputStream> response = client.send(resumable().build(), BodyHandlers.ofInputStream());
        brokenAfter("Very ", response);
        released.countDown();
        ended.await();

        assertThat(answer(request("/v1/messages/streams/" + id(response))).body())
                .contains("deep.")
                .contains("message_stop");
    }

    @Test
    void but_not_longer_than_its_window() throws Exception {
        bundle.with("claude.resume.window", "1ms");
        claude.next(stream().start().endlessly(DELTA));
        HttpResponse<InputStream> response = client.send(resumable().build(), BodyHandlers.ofInputStream());

        brokenAfter("deep ", response);

        Bundle.until(() -> bundle.meter("claude.api.calls", "status", "499") == 1);
        String ended = answer(request("/v1/messages/streams/" + id(response))).body();
        assertThat(ended).contains("event: error").contains("disconnected");
    }

    @Test
    void a_client_can_end_the_call() throws Exception {
        claude.next(stream().start().endlessly(DELTA));
        HttpResponse<InputStream> response = client.send(resumable().build(), BodyHandlers.ofInputStream());

        int status =
                answer(request("/v1/messages/streams/" + id(response)).DELETE()).statusCode();

        assertThat(status).isEqualTo(204);
        assertThat(new String(response.body().readAllBytes(), UTF_8))
                .contains("deep ")
                .contains("event: error");
    }

    @Test
    void nobody_else_reads_it() throws Exception {
        claude.next(says("Deep."));
        String id = id(answer(resumable()));

        HttpResponse<String> foreign =
                answer(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages/streams/" + id))
                        .header("x-api-key", "key-two-0123456789"));
        HttpResponse<String> unknown = answer(request("/v1/messages/streams/none"));

        assertThat(foreign.statusCode()).isEqualTo(404);
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(foreign.body().replaceAll("req_[a-z0-9]+", ""))
                .isEqualTo(unknown.body().replaceAll("req_[a-z0-9]+", ""))
                .contains("x-claude-routes-resumable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "one", "99999999999999999999", "1.5"})
    void an_event_that_is_no_number_is_refused(String event) throws Exception {
        claude.next(says("Deep."));
        String id = id(answer(resumable()));

        HttpResponse<String> refused =
                answer(request("/v1/messages/streams/" + id).header("last-event-id", event));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("last-event-id");
    }

    @Test
    void a_reply_that_nobody_wants_to_continue_has_no_ids() throws Exception {
        claude.next(says("Deep."));

        HttpResponse<String> response = answer(asks(STREAMED));

        assertThat(response.body()).doesNotContain("id: ");
        assertThat(response.headers().firstValue("x-claude-routes-stream-id")).isEmpty();
    }

    @Test
    void a_key_can_have_all_its_replies_retained() throws Exception {
        bundle.with("claude.gateway.keys.one.resume.enabled", "true");
        claude.next(says("Deep."));

        assertThat(answer(asks(STREAMED)).body()).startsWith("id: 1\nevent: message_start\n");
    }

    @Test
    void what_is_retained_is_redacted() throws Exception {
        claude.next(says("Card 4111 1111 ", "1111 1111."));
        HttpResponse<String> whole = answer(resumable());

        String again = answer(request("/v1/messages/streams/" + id(whole))).body();

        assertThat(again).isEqualTo(whole.body()).doesNotContain("1111");
    }

    @Test
    void an_error_before_the_first_event_keeps_its_status() throws Exception {
        claude.next(error(529, "overloaded_error"));

        HttpResponse<String> refused = answer(resumable());

        assertThat(refused.statusCode()).isEqualTo(529);
        assertThat(refused.body()).contains("overloaded_error");
    }

    @Test
    void a_stream_that_breaks_ends_with_its_error_whenever_it_is_read() throws Exception {
        claude.next(stream().start().text("Very ").errorEvent("overloaded_error"));
        HttpResponse<String> whole = answer(resumable());

        String again = answer(request("/v1/messages/streams/" + id(whole))).body();

        assertThat(whole.body()).contains("Very ").contains("event: error");
        assertThat(again).isEqualTo(whole.body());
    }

    @Test
    void a_request_with_the_same_idempotency_key_joins_the_reply() throws Exception {
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        HttpResponse<InputStream> first =
                client.send(asks(STREAMED).header("idempotency-key", "a").build(), BodyHandlers.ofInputStream());
        Future<String> second = bundle.inBackground(
                () -> answer(asks(STREAMED).header("idempotency-key", "a")).body());
        released.countDown();

        String text = new String(first.body().readAllBytes(), UTF_8);

        assertThat(second.get()).isEqualTo(text).contains("deep.");
        assertThat(answer(asks(STREAMED).header("idempotency-key", "a")).body()).isEqualTo(text);
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void a_whole_reply_is_retained_by_its_idempotency_key_too() throws Exception {
        claude.next(message("Very deep."));

        HttpResponse<String> first = answer(asks(WHOLE).header("idempotency-key", "a"));
        HttpResponse<String> second = answer(asks(WHOLE).header("idempotency-key", "a"));

        assertThat(second.body()).isEqualTo(first.body()).contains("Very deep.");
        assertThat(second.headers().firstValue("request-id"))
                .isEqualTo(first.headers().firstValue("request-id"));
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void a_client_that_lost_a_whole_reply_gets_it_with_its_idempotency_key() throws Exception {
        claude.next(message("Very deep.").waitBefore(released));
        Future<HttpResponse<String>> lost =
                client.sendAsync(asks(WHOLE).header("idempotency-key", "a").build(), BodyHandlers.ofString());
        Bundle.until(() -> claude.requests().size() == 1);
        lost.cancel(true);
        released.countDown();

        assertThat(answer(asks(WHOLE).header("idempotency-key", "a")).body()).contains("Very deep.");
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void another_body_with_the_same_key_is_a_conflict() throws Exception {
        claude.next(message("Very deep."));
        answer(asks(WHOLE).header("idempotency-key", "a"));

        HttpResponse<String> other = answer(asks(STREAMED).header("idempotency-key", "a"));

        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("idempotency-key");
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void the_keys_of_two_clients_are_not_the_same() throws Exception {
        claude.next(message("One."), message("Two."));
        answer(asks(WHOLE).header("idempotency-key", "a"));

        HttpRequest.Builder other = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("x-api-key", "key-two-0123456789")
                .header("idempotency-key", "a")
                .POST(BodyPublishers.ofString(WHOLE));

        assertThat(answer(other).body()).contains("Two.");
    }

    @Test
    void a_request_that_failed_unpaid_is_sent_again() throws Exception {
        claude.next(error(529, "overloaded_error"), message("Very deep."));
        answer(asks(WHOLE).header("idempotency-key", "a"));

        assertThat(answer(asks(WHOLE).header("idempotency-key", "a")).body()).contains("Very deep.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void an_idempotency_key_that_is_empty_or_too_long_is_refused(int length) throws Exception {
        HttpResponse<String> refused = answer(asks(WHOLE).header("idempotency-key", "k".repeat(length)));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(claude.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "one"})
    void a_new_request_that_names_an_event_leaves_nothing_behind_that_never_ends(String event) throws Exception {
        claude.always(message("Very deep."));
        answer(asks(WHOLE).header("idempotency-key", "a").header("last-event-id", event));

        assertThat(answer(asks(WHOLE).header("idempotency-key", "a")).body()).contains("Very deep.");
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void a_slow_client_is_served_when_its_reply_has_no_more_room() throws Exception {
        bundle.with("claude.resume.max-reply-bytes", "1000").with("claude.resume.max-bytes", "1000");
        StubReply long_reply = stream().start();
        for (int i = 0; i < 3_000; i++) {
            long_reply.text("The quick brown fox " + i + " ");
        }
        claude.next(long_reply.stop());

        HttpResponse<String> whole = answer(resumable());

        assertThat(whole.body())
                .contains("brown fox 0 ")
                .contains("brown fox 2999 ")
                .contains("message_stop");
        assertThat(answer(request("/v1/messages/streams/" + id(whole))).statusCode())
                .isEqualTo(410);
    }
}
