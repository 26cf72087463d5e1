package io.clauderoutes.console;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLConnection;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the pages for spending, routes and settings read. */
@Timeout(120)
class ConsoleDataTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String MODEL = "claude-sonnet-5-5";
    private static final String PASSWORD = "a password of tests";
    private static final String ROUTE = """
            - route:
                id: mine
                description: Mine
                from:
                  uri: direct
                  parameters:
                    name: mine
                  steps:
                    - to:
                        uri: direct
                        parameters:
                          name: claude
            """;

    @TempDir
    Path home;

    private final StubClaude claude = new StubClaude();
    private InProcessBundle bundle;

    @AfterEach
    void stop() {
        bundle.close();
        claude.close();
    }

    private InProcessBundle bundle() {
        bundle = new InProcessBundle(home, URI.create(claude.url()))
                .with("claude.console.enabled", "true")
                .with("claude.call.max-attempts", "1");
        return bundle;
    }

    private JsonNode read(String path) throws Exception {
        HttpResponse<String> response = bundle.get("/console/api/" + path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new ObjectMapper().readTree(response.body());
    }

    private static JsonNode row(JsonNode rows, String field, String value) {
        for (JsonNode row : rows) {
            if (row.path(field).asText().equals(value)) {
                return row;
            }
        }
        throw new AssertionError("no " + field + "=" + value + " in " + rows);
    }

    @Test
    void spending_is_added_up_by_each_dimension_in_one_request() throws Exception {
        claude.always(says("Very deep."));
        bundle().with("claude.budgets.default.usd", "5").started();
        bundle.ask("", MODEL, "How deep?");
        bundle.context().createProducerTemplate().requestBody("direct:claude", "How deep?");

        JsonNode spent = read("spent");

        assertThat(spent.at("/totals/attempts").asLong()).isEqualTo(2);
        long total = spent.at("/totals/cost_micro_usd").asLong();
        assertThat(total).isPositive();
        for (String dimension : new String[] {"day", "tenant", "model", "source", "endpoint"}) {
            long sum = 0;
            for (JsonNode row : spent.path("by").path(dimension)) {
                sum += row.path("cost_micro_usd").asLong();
            }
            assertThat(sum).as(dimension).isEqualTo(total);
        }
        assertThat(spent.path("by").path("source")).hasSize(2);
        assertThat(row(spent.path("budgets"), "tenant", "default")
                        .path("limit_micro_usd")
                        .asLong())
                .isEqualTo(5_000_000);
        assertThat(bundle.get("/console/api/spent.csv").body())
                .startsWith("day,tenant,model,source,endpoint,attempts")
                .contains(",claude-http,", ",direct,");
    }

    @Test
    void a_period_that_makes_no_sense_is_refused() throws Exception {
        bundle().started();

        assertThat(bundle.get("/console/api/spent?from=2026-13-01").statusCode())
                .isEqualTo(400);
        assertThat(bundle.get("/console/api/spent?from=2026-02-01&to=2026-01-01")
                        .body())
                .contains("is after");
    }

    @Test
    void without_a_ledger_the_setting_is_named() throws Exception {
        bundle().with("claude.ledger.enabled", "false").started();

        assertThat(bundle.get("/console/api/spent").statusCode()).isEqualTo(404);
        assertThat(bundle.get("/console/api/spent").body()).contains("claude.ledger.enabled");
    }

    @Test
    void settings_have_their_origin_and_no_secret() throws Exception {
        bundle().with("claude.gateway.keys.one.key", "key-one-0123456789")
                .with("claude.sinks.answers.uri", "ftp://joe:hunter2@127.0.0.1/x?password=hunter2")
                .started();

        JsonNode settings = read("settings");

        assertThat(settings.toString()).doesNotContain("sk-ant-test-live-settings", "key-one-0123456789", "hunter2");
        JsonNode key = row(settings.path("settings"), "key", "claude.credentials.main.key");
        assertThat(key.path("secret").asBoolean()).isTrue();
        assertThat(key.path("origin").asText()).isEqualTo(bundle.file().toString());
        assertThat(key.path("live").asBoolean()).isFalse();
        assertThat(row(settings.path("settings"), "key", "claude.cache.enabled")
                        .path("origin")
                        .asText())
                .isEqualTo("default");
        assertThat(row(settings.path("settings"), "key", "claude.throttle.in-flight")
                        .path("live")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void a_setting_that_was_changed_live_is_shown_as_it_is_now() throws Exception {
        bundle().with("claude.throttle.in-flight", "7").started();

        bundle.set("claude.throttle.in-flight", "8");

        Patience.until(
                () -> row(read("settings").path("settings"), "key", "claude.throttle.in-flight")
                        .path("value")
                        .asText()
                        .equals("8"),
                LIMIT,
                () -> "the old value stays");
        bundle.set("claude.throttle.in-flight", "many");
        Patience.until(
                () -> read("settings").path("notices").path("settings").asText().contains("claude.throttle.in-flight"),
                LIMIT,
                () -> "the mistake is not told");
    }

    @Test
    void routes_are_counted_and_lead_to_each_other() throws Exception {
        claude.next(says("Very deep."), error(400, "invalid_request_error"));
        bundle().started();
        bundle.ask("", MODEL, "How deep?");
        bundle.ask("", MODEL, "How deep now?");

        JsonNode routes = read("routes").path("routes");

        JsonNode source = row(routes, "id", "claude-source");
        assertThat(source.path("done").asLong()).isEqualTo(2);
        assertThat(source.path("failed").asLong()).isEqualTo(1);
        assertThat(source.path("last_failure").asText()).isEqualTo("Rejected");
        assertThat(source.path("next").toString()).contains("claude-throttle");
        JsonNode read = row(source.path("steps"), "id", "claude-source-read");
        assertThat(read.path("done").asLong()).isEqualTo(2);
        assertThat(read.path("failed").asLong()).isZero();
        JsonNode call = row(row(routes, "id", "claude-call").path("steps"), "id", "claude-call-endpoints");
        assertThat(call.path("done").asLong()).isEqualTo(2);
        assertThat(call.path("failed").asLong()).isEqualTo(1);
        assertThat(row(routes, "id", "claude-http").path("next").toString()).contains("claude-source");
        assertThat(read("routes/claude-throttle").path("text").asText()).contains("id: claude-throttle");
        assertThat(bundle.get("/console/api/routes/claude-endpoint-primary").statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_reload_and_a_refused_reload_are_told() throws Exception {
        Path folder = Files.createDirectories(home.resolve("routes"));
        Path file = folder.resolve("mine.camel.yaml");
        Files.writeString(file, ROUTE + "# password: hunter2\n");
        bundle().with("claude.routes", folder.toString()).started();
        assertThat(read("routes/mine").path("text").asText())
                .contains("id: mine")
                .doesNotContain("hunter2");

        Files.writeString(file, ROUTE.replace("description: Mine", "description: Ours"));
        Patience.until(
                () -> read("routes").path("reloaded").path("file").asText().endsWith("mine.camel.yaml"),
                LIMIT,
                () -> "no reload is shown");
        assertThat(row(read("routes").path("routes"), "id", "mine")
                        .path("description")
                        .asText())
                .isEqualTo("Ours");

        Files.writeString(file, ROUTE.replace("- to:", "- tooo:"));
        Patience.until(() -> read("routes").path("refused").size() == 1, LIMIT, () -> "no refusal is shown");
        assertThat(read("routes").path("refused").path(0).path("reason").asText())
                .contains("tooo");
        assertThat(row(read("now").path("problems"), "part", "routes.mine.camel.yaml")
                        .path("reason")
                        .asText())
                .contains("is not used since");
        assertThat(bundle.health()).contains("routes.mine.camel.yaml");

        Files.writeString(file, ROUTE);
        Patience.until(() -> read("routes").path("refused").isEmpty(), LIMIT, () -> "the refusal stays");
    }

    /** The lines of the events up to the first that has a text. */
    private List<String> eventsUntil(String text, String lastEvent, Runnable meanwhile) throws Exception {
        URLConnection connection = URI.create(bundle.management() + "/console/api/now/events")
                .toURL()
                .openConnection();
        connection.setRequestProperty("last-event-id", lastEvent);
        connection.setReadTimeout((int) LIMIT.toMillis());
        long deadline = System.nanoTime() + LIMIT.toNanos();
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))) {
            String line = reader.readLine();
            while (!line.startsWith("id: ")) {
                line = reader.readLine();
            }
            meanwhile.run();
            while (!line.contains(text)) {
                assertThat(System.nanoTime())
                        .as("nothing has %s: %s", text, lines)
                        .isLessThan(deadline);
                lines.add(line);
                line = reader.readLine();
            }
            lines.add(line);
        }
        return lines;
    }

    private void fail() {
        claude.always(error(529, "overloaded_error"));
        try {
            bundle.ask("", MODEL, "How deep?");
        } catch (IOException | InterruptedException gone) {
            throw new IllegalStateException(gone);
        }
    }

    @Test
    void a_browser_that_comes_back_gets_the_changes_that_it_missed() throws Exception {
        claude.always(says("Very deep."));
        bundle().started();
        String first = eventsUntil("event: state", "", () -> {}).get(0).substring("id: ".length());

        List<String> seen = eventsUntil("endpoint primary", "other-1", this::fail);
        List<String> missed = eventsUntil("endpoint primary", first, () -> {});

        assertThat(seen).contains("event: state", "event: change");
        assertThat(missed).contains("event: change").doesNotContain("event: state");
    }

    @Test
    void the_password_of_the_console_is_shown_nowhere() throws Exception {
        bundle().with("claude.console.password", PASSWORD).started();

        assertThat(bundle.get("/console/api/settings").statusCode()).isEqualTo(401);
        assertThat(bundle.get("/observe/health").body()).doesNotContain(PASSWORD);
    }
}
