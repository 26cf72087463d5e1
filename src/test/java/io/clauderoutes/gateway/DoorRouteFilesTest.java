package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The door's route files are edited while callers are there. */
@Timeout(120)
class DoorRouteFilesTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String MESSAGES = "sources/http.camel.yaml";
    private static final String MODELS = "sources/http-models.camel.yaml";
    private static final String PROMPT = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path routes;

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .withHttpDoor();

    private final CountDownLatch goOn = new CountDownLatch(1);

    @BeforeEach
    void copy() throws IOException {
        Files.createDirectory(routes.resolve("sources"));
        for (String file : new String[] {MESSAGES, MODELS}) {
            Files.copy(Path.of("routes").resolve(file), routes.resolve(file));
        }
        bundle.with("claude.routes", routes.toString());
    }

    private HttpResponse<String> answer(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + path)).header("content-type", "application/json");
    }

    private HttpResponse<String> asked() throws IOException, InterruptedException {
        return answer(to("/v1/messages").POST(BodyPublishers.ofString(PROMPT)));
    }

    private HttpResponse<String> streamed() throws IOException, InterruptedException {
        return answer(to("/v1/messages")
                .POST(BodyPublishers.ofString(PROMPT.replace("{\"model\"", "{\"stream\":true,\"model\""))));
    }

    /** A stream that has begun and goes on when the test says so; nothing else may wait for it. */
    private Future<HttpResponse<String>> underWay() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        bundle.context().getShutdownStrategy().setTimeout(LIMIT.multipliedBy(2).toSeconds());
        claude.next(stream()
                .start()
                .text("Slow")
                .tell(begun)
                .waitFor(goOn)
                .text("ly.")
                .stop());
        Future<HttpResponse<String>> underWay = bundle.inBackground(this::streamed);
        assertThat(begun.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return underWay;
    }

    private RouteWatcherReloadStrategy watcher() {
        return bundle.context().hasService(RouteWatcherReloadStrategy.class);
    }

    private void save(String file, String content) throws IOException {
        int before = watcher().getReloadCounter();
        place(file, content);
        Patience.until(
                () -> watcher().getReloadCounter() > before,
                LIMIT,
                () -> watcher().getFailedCounter() + " failed");
    }

    private void place(String file, String content) throws IOException {
        Path written = Files.writeString(routes.resolve("written"), content);
        Files.move(written, routes.resolve(file), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void edit(String file) throws IOException {
        save(file, Files.readString(routes.resolve(file)).replace("description: ", "description: Edited. "));
    }

    @Test
    void all_its_paths_are_served_after_an_edit_as_before() throws Exception {
        claude.next(message("Deep."), message("Very deep."), status(200, "{\"input_tokens\":14}"));
        assertThat(asked().body()).contains("Deep.");

        edit(MESSAGES);

        assertThat(asked().body()).contains("Very deep.");
        assertThat(answer(to("/v1/messages/count_tokens").POST(BodyPublishers.ofString(PROMPT)))
                        .body())
                .isEqualTo("{\"input_tokens\":14}");
    }

    @Test
    void models_are_served_after_an_edit_as_before() throws Exception {
        claude.next(status(200, "{\"data\":[]}"), message("Deep."));
        bundle.context();

        edit(MODELS);

        assertThat(answer(to("/v1/models").GET()).body()).isEqualTo("{\"data\":[]}");
        assertThat(asked().body()).contains("Deep.");
    }

    @Test
    void whoever_is_under_way_ends_on_the_route_he_began_on_and_nobody_waits_for_him() throws Exception {
        Future<HttpResponse<String>> slow = underWay();
        claude.next(message("At once."));

        edit(MESSAGES);

        assertThat(asked().body()).contains("At once.");
        assertThat(slow).isNotDone();
        goOn.countDown();
        assertThat(slow.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body()).contains("ly.", "message_stop");
    }

    @Test
    void a_file_that_is_added_takes_the_place_of_the_packaged_route_or_changes_nothing() throws Exception {
        String own = Files.readString(routes.resolve(MESSAGES));
        Files.delete(routes.resolve(MESSAGES));
        Future<HttpResponse<String>> slow = underWay();
        claude.next(message("Still."), message("At once."));

        place(MESSAGES, own.replace("claudeMessagesDoorOpen", "nobody"));
        Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, () -> "no failure");

        assertThat(asked().body()).contains("Still.");

        save(MESSAGES, own);

        assertThat(asked().body()).contains("At once.");
        assertThat(bundle.context().getRoute("claude-http").getSourceLocation()).contains("file:");
        goOn.countDown();
        assertThat(slow.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body()).contains("ly.", "message_stop");
    }

    @Test
    void messages_pass_by_no_stage_whatever_route_takes_them() throws Exception {
        bundle.context();

        save(MESSAGES, "[]");
        save(MODELS, Files.readString(routes.resolve(MODELS)).replace("/v1/models", "/v1"));

        assertThat(asked().statusCode()).isEqualTo(503);
        assertThat(claude.requests()).isEmpty();
    }

    @Test
    void while_no_route_serves_a_path_that_the_door_has_callers_are_told_to_try_again() throws Exception {
        bundle.context();

        save(MESSAGES, "[]");

        HttpResponse<String> refusal = asked();
        assertThat(refusal.statusCode()).isEqualTo(503);
        assertThat(refusal.headers().firstValue("retry-after")).contains("1");
        assertThat(refusal.body()).contains("\"type\":\"api_error\"", "routes/sources/");
    }
}
