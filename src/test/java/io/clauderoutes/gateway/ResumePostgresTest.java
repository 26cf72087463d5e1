package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.Postgres;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Retained replies in a database that several bundles share. */
@Timeout(120)
class ResumePostgresTest {

    private static final String STREAMED = """
            {"stream":true,"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path data;

    private final HttpClient client = HttpClient.newHttpClient();

    private Bundle bundle(String url, String name) {
        return Bundle.calling(claude)
                .with("claude.data", data.resolve(name).toString())
                .with("claude.cache.enabled", "false")
                .with("claude.ledger.enabled", "true")
                .with("claude.ledger.url", url)
                .with("claude.resume.store.enabled", "true")
                .withHttpDoor();
    }

    private static HttpRequest asks(Bundle bundle) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .header("idempotency-key", "a")
                .POST(BodyPublishers.ofString(STREAMED))
                .build();
    }

    private HttpResponse<String> answer(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString(UTF_8));
    }

    @Test
    void a_client_continues_its_reply_at_another_bundle() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        try (Postgres postgres = Postgres.start()) {
            String url = postgres.database();
            try (Bundle one = bundle(url, "one");
                    Bundle two = bundle(url, "two")) {
                HttpResponse<?> first = client.send(asks(one), BodyHandlers.ofInputStream());
                String id =
                        first.headers().firstValue("x-claude-routes-stream-id").orElseThrow();
                HttpRequest resumes = HttpRequest.newBuilder(URI.create(two.door() + "/v1/messages/streams/" + id))
                        .build();
                Patience.until(() -> answer(resumes).statusCode() == 503, Duration.ofSeconds(30), () -> "not stored");
                assertThat(answer(asks(two)).statusCode()).isEqualTo(503);

                released.countDown();

                Patience.until(() -> answer(resumes).statusCode() == 200, Duration.ofSeconds(30), () -> "not ended");
                assertThat(answer(resumes).body()).contains("deep.").contains("message_stop");
                assertThat(answer(asks(two)).body()).isEqualTo(answer(resumes).body());
            } finally {
                released.countDown();
            }
        }
        assertThat(claude.requests()).hasSize(1);
    }
}
