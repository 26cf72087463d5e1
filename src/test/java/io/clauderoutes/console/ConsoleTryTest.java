package io.clauderoutes.console;

import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Prompts of the console over HTTP: how they are sent, read, continued and cancelled. */
@Timeout(120)
class ConsoleTryTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path home;

    private final StubClaude claude = new StubClaude();
    private final HttpClient http = HttpClient.newHttpClient();
    private InProcessBundle bundle;

    @AfterEach
    void stop() {
        bundle.close();
        claude.close();
    }

    private InProcessBundle bundleAt(String url) {
        bundle = new InProcessBundle(home, URI.create(url)).with("claude.console.enabled", "true");
        return bundle;
    }

    private HttpResponse<String> posted(String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(bundle.management() + path))
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private String begun(String body) throws Exception {
        HttpResponse<String> response = posted("/console/api/try", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new ObjectMapper().readTree(response.body()).path("id").asText();
    }

    private String events(String id, String lastEvent) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create(bundle.management() + "/console/api/try/" + id + "/events"))
                                .header("last-event-id", lastEvent)
                                .build(),
                        BodyHandlers.ofString(UTF_8))
                .body();
    }

    private static JsonNode lastFacts(String events) throws Exception {
        String last = events.substring(events.lastIndexOf("event: facts\ndata: ") + "event: facts\ndata: ".length());
        return new ObjectMapper().readTree(last.substring(0, last.indexOf('\n')));
    }

    @Test
    void a_reply_can_be_read_again_from_any_event() throws Exception {
        claude.next(says("Very ", "deep."));
        bundleAt(claude.url()).started();
        String id = begun("{\"prompt\":\"How deep?\",\"max_tokens\":\"50\"}");

        String whole = events(id, "0");
        String rest = events(id, "4");

        assertThat(whole).contains("id: 1\nevent: message_start", "Very ", "deep.", "event: end");
        assertThat(rest).doesNotContain("id: 4\n").contains("id: 5\n");
        JsonNode facts = lastFacts(whole);
        assertThat(facts.path("done").asBoolean()).isTrue();
        assertThat(facts.path("cost_micro_usd").asLong()).isPositive();
        assertThat(facts.path("stop_reason").asText()).isEqualTo("end_turn");
        assertThat(claude.prompts()).hasSize(1);
    }

    @Test
    void it_is_a_request_of_the_console_in_the_ledger() throws Exception {
        claude.next(says("Very ", "deep."));
        bundleAt(claude.url()).started();
        events(begun("{\"prompt\":\"How deep?\",\"tenant\":\"acme\"}"), "0");

        assertThat(bundle.get("/v1/usage?by=source,tenant").body()).contains("claude-console", "acme");
    }

    @Test
    void what_is_wrong_is_said_before_a_call_is_made() throws Exception {
        bundleAt(claude.url()).started();

        assertThat(posted("/console/api/try", "{}").statusCode()).isEqualTo(400);
        assertThat(posted("/console/api/try", "[1]").statusCode()).isEqualTo(400);
        HttpResponse<String> response =
                posted("/console/api/try", "{\"prompt\":\"How deep?\",\"strategy\":\"sideways\"}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("CamelClaudeStrategy");
        assertThat(claude.prompts()).isEmpty();
    }

    @Test
    void sinks_and_tools_cannot_be_named() throws Exception {
        claude.next(says("Very deep."));
        bundleAt(claude.url())
                .with("claude.sinks.answers.uri", "file:" + home.resolve("outbox"))
                .started();

        events(begun("{\"prompt\":\"How deep?\",\"sinks\":\"answers\",\"CamelClaudeSinks\":\"answers\"}"), "0");

        assertThat(home.resolve("outbox")).doesNotExist();
    }

    @Test
    void nobody_finds_a_reply_without_its_id() throws Exception {
        bundleAt(claude.url()).started();

        assertThat(bundle.get("/console/api/try/prompt-1/events").statusCode()).isEqualTo(404);
        assertThat(posted("/console/api/try/prompt-1/cancel", "{}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_cancel_ends_the_call() throws Exception {
        StubReply slow = stream().start();
        for (int i = 0; i < 1_000; i++) {
            slow.text("more ").pause(20);
        }
        claude.next(slow);
        bundleAt(claude.url()).started();
        String id = begun("{\"prompt\":\"How deep?\"}");
        Patience.until(
                () -> bundle.get("/console/api/now").body().contains("\"stage\":\"reply\""),
                LIMIT,
                () -> "no reply begins");

        assertThat(posted("/console/api/try/" + id + "/cancel", "{}").statusCode())
                .isEqualTo(200);

        JsonNode facts = lastFacts(events(id, "0"));
        assertThat(facts.path("error").path("cancelled").asBoolean()).isTrue();
        Patience.until(() -> claude.connections() == 0, LIMIT, () -> "the connection to the endpoint stays open");
    }

    @Test
    void the_models_are_those_of_the_endpoint() throws Exception {
        try (Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC())) {
            bundleAt(simulator.url().toString())
                    .with("claude.budgets.acme.usd", "5")
                    .with("claude.checks.polite.forbidden-pattern", "damn")
                    .started();

            JsonNode options =
                    new ObjectMapper().readTree(bundle.get("/console/api/try").body());

            assertThat(options.path("models").toString()).contains("claude-");
            assertThat(options.path("models_problem").asText()).isEmpty();
            assertThat(options.path("tenants").toString()).contains("acme", "default");
            assertThat(options.path("checks").toString()).contains("polite");
            assertThat(options.path("gateway").asText()).startsWith("http://127.0.0.1:");
        }
    }
}
