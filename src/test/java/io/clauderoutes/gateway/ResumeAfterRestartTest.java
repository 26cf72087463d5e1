package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Clients that continue a reply after the bundle was stopped or killed. */
@Timeout(120)
class ResumeAfterRestartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

    @RegisterExtension
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    private Bundle bundle() {
        return ResumeChild.bundle(claude.url(), folder);
    }

    private static HttpRequest.Builder asks(String door, String body) {
        return HttpRequest.newBuilder(URI.create(door + "/v1/messages"))
                .header("content-type", "application/json")
                .header("idempotency-key", "a")
                .POST(BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder resumes(String door, String id) {
        return HttpRequest.newBuilder(URI.create(door + "/v1/messages/streams/" + id));
    }

    private HttpResponse<String> answer(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }

    private static String id(HttpResponse<?> response) {
        return response.headers().firstValue("x-claude-routes-stream-id").orElseThrow();
    }

    private List<String> stored(String query) {
        return BookRows.of(folder.resolve("data").resolve("resume.db"), query);
    }

    @Test
    void a_reply_that_has_ended_is_read_after_a_restart() throws Exception {
        claude.next(says("Very ", "deep."));
        HttpResponse<String> whole;
        try (Bundle bundle = bundle()) {
            whole = answer(asks(bundle.door().toString(), STREAMED));
        }
        try (Bundle bundle = bundle()) {
            String door = bundle.door().toString();

            assertThat(answer(resumes(door, id(whole))).body()).isEqualTo(whole.body());
            assertThat(answer(resumes(door, id(whole)).header("last-event-id", "4"))
                            .body())
                    .startsWith("id: 5\n")
                    .endsWith(whole.body().substring(whole.body().indexOf("id: 5\n")));
            assertThat(answer(asks(door, STREAMED)).body()).isEqualTo(whole.body());
            assertThat(answer(asks(door, WHOLE)).statusCode()).isEqualTo(409);
        }
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void so_is_a_whole_reply() throws Exception {
        claude.next(message("Very deep."));
        HttpResponse<String> whole;
        try (Bundle bundle = bundle()) {
            whole = answer(asks(bundle.door().toString(), WHOLE));
        }
        try (Bundle bundle = bundle()) {
            assertThat(answer(asks(bundle.door().toString(), WHOLE)).body()).isEqualTo(whole.body());
        }
        assertThat(claude.requests()).hasSize(1);
    }

    /** Kills a bundle while a reply arrives, and gives the id of the reply. */
    private String killed() throws Exception {
        claude.next(stream().start().text("Very ").waitFor(released));
        Path door = folder.resolve("door");
        try (ChildJvm child =
                ChildJvm.start(ResumeChild.class, folder.resolve("child.log"), claude.url(), folder.toString())) {
            Patience.until(() -> Files.exists(door), PATIENCE, child::trouble);
            HttpResponse<InputStream> response =
                    client.send(asks(Files.readString(door), STREAMED).build(), BodyHandlers.ofInputStream());
            Patience.until(
                    () -> stored("SELECT count(*) FROM retained_event WHERE name = 'content_block_delta'")
                            .equals(List.of("1")),
                    PATIENCE,
                    child::trouble);
            return id(response);
        }
    }

    @Test
    void a_reply_that_was_cut_by_a_kill_ends_with_an_error() throws Exception {
        String id = killed();

        try (Bundle bundle = bundle()) {
            String door = bundle.door().toString();
            String read = answer(resumes(door, id)).body();
            String again = answer(asks(door, STREAMED)).body();

            assertThat(read)
                    .contains("\"text\":\"Very \"")
                    .contains("event: error")
                    .contains("claude.resume.on-lost");
            assertThat(again).isEqualTo(read);
            assertThat(new BookRows(folder.resolve("data")).of("SELECT state FROM attempt"))
                    .containsExactly("UNKNOWN");
        }
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void a_request_that_is_sent_again_continues_it_with_a_new_call_if_that_is_set() throws Exception {
        String id = killed();
        claude.next(says("Very ", "deep."));

        try (Bundle bundle = bundle().with("claude.resume.on-lost", "call-again")) {
            String door = bundle.door().toString();
            HttpResponse<String> again = answer(asks(door, STREAMED));

            assertThat(id(again)).isEqualTo(id);
            assertThat(again.body()
                            .lines()
                            .filter(line -> line.startsWith("event: "))
                            .distinct())
                    .containsSubsequence("event: content_block_delta", "event: restart", "event: message_stop");
            assertThat(again.body().substring(again.body().indexOf("event: restart")))
                    .contains("event: message_start")
                    .contains("deep.");
            assertThat(answer(resumes(door, id)).body()).isEqualTo(again.body());
        }
        assertThat(claude.requests()).hasSize(2);
    }
}
