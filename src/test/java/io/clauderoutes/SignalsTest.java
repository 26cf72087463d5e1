package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What health, meters and log lines tell an operator, over real connections. */
@Timeout(120)
@ResourceLock("RequestOutcomes log")
class SignalsTest {

    @TempDir
    Path home;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final CapturedLog log = new CapturedLog(RequestOutcomes.class.getName(), Level.INFO);
    private InProcessBundle bundle;

    private InProcessBundle bundle() {
        bundle = new InProcessBundle(home, simulator.url())
                .with("claude.gateway.keys.one.key", "key-one")
                .with("claude.gateway.keys.one.tenant", "acme");
        return bundle;
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
        log.close();
    }

    private String metrics() throws Exception {
        return bundle.get("/observe/metrics").body();
    }

    private String metricsNow() {
        try {
            return metrics()
                    .lines()
                    .filter(line -> line.contains("batch"))
                    .toList()
                    .toString();
        } catch (Exception unreadable) {
            return unreadable.toString();
        }
    }

    @Test
    void a_refused_credential_has_a_name_a_reason_a_start_and_a_meter() throws Exception {
        bundle().with("claude.endpoints.*.probe-interval-out", "100ms").started();
        assertThat(metrics()).contains("claude_credential_refused{credential=\"main\",endpoint=\"primary\"} 0.0");

        simulator.acceptKeys(Set.of("another"));
        assertThat(bundle.status("key-one")).isEqualTo(401);

        bundle.untilHealth("\"credential.main\":\"refused by endpoint primary (401) since 20");
        assertThat(metrics()).contains("claude_credential_refused{credential=\"main\",endpoint=\"primary\"} 1.0");
        simulator.acceptKeys(Set.of("sk-ant-test-live-settings"));
        bundle.untilHealthWithout("refused by");
        assertThat(metrics()).contains("claude_credential_refused{credential=\"main\",endpoint=\"primary\"} 0.0");
    }

    @Test
    void a_spent_budget_has_a_name_a_reason_and_a_start() throws Exception {
        bundle().with("claude.budgets.acme.usd", "0.000001")
                .with("claude.budgets.acme.period", "day")
                .started();
        assertThat(bundle.health()).doesNotContain("budget.acme");

        assertThat(bundle.status("key-one")).isEqualTo(429);

        assertThat(bundle.health())
                .contains("\"budget.acme\":\"spent since 20")
                .contains("0.000001 USD of claude.budgets.acme.usd=0.000001 USD are left until");
        bundle.set("claude.budgets.acme.usd", "1");
        bundle.untilHealthWithout("budget.acme");
    }

    private HttpResponse<String> junk(String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(bundle.door("http") + "/v1/messages"))
                .header("x-api-key", "key-one")
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"no\":"));
        return HttpClient.newHttpClient()
                .send(
                        headers.length == 0
                                ? request.build()
                                : request.headers(headers).build(),
                        BodyHandlers.ofString());
    }

    private static String id(HttpResponse<String> response) throws Exception {
        return new ObjectMapper().readTree(response.body()).path("request_id").asText();
    }

    @Test
    void a_failure_before_the_stages_has_one_id_in_the_response_and_in_the_log() throws Exception {
        bundle().started();

        HttpResponse<String> mine = junk("x-request-id", "mine-77");
        HttpResponse<String> ours = junk();
        HttpResponse<String> refused = bundle.ask("no-key", "claude-sonnet-5-5", "hi");

        for (HttpResponse<String> response : List.of(mine, ours, refused)) {
            String id = id(response);
            assertThat(response.headers().firstValue("request-id")).hasValue(id);
            assertThat(response.headers().firstValue("x-request-id")).hasValue(id);
            assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(" request=" + id + " "));
        }
        assertThat(id(mine)).isEqualTo("mine-77");
    }

    @Test
    void a_call_is_found_in_the_ledger_by_the_id_that_its_client_gave_it() throws Exception {
        bundle().started();
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door("http") + "/v1/messages"))
                .header("x-api-key", "key-one")
                .header("content-type", "application/json")
                .header("x-request-id", "mine-42")
                .POST(
                        HttpRequest.BodyPublishers.ofString(
                                "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                .build();

        assertThat(HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);

        BookRows books = new BookRows(home.resolve("data"));
        assertThat(books.of("SELECT tenant, source FROM attempt WHERE client_request_id = 'mine-42'"))
                .hasSize(1)
                .allMatch(row -> row.startsWith("acme "));
    }

    @Test
    void a_tenant_that_no_setting_names_has_failure_series_after_its_first_answer() throws Exception {
        bundle().with("claude.sources.in.uri", "direct:in")
                .with("claude.sources.in.tenant", "elsewhere")
                .started();
        bundle.set("claude.gateway.keys.two.key", "key-two");
        bundle.set("claude.gateway.keys.two.tenant", "newcomer");
        bundle.until("key-two", 200);

        assertThat(metrics())
                .contains("claude_requests_total{result=\"failed\",tenant=\"newcomer\"} 0.0")
                .containsPattern(
                        "claude_failures_total\\{endpoint=\"primary\",model=\"claude-sonnet-5-5\",tenant=\"newcomer\","
                                + "type=\"overloaded_error\"} 0.0");
    }

    @Test
    void each_queue_tells_how_long_its_oldest_has_waited() throws Exception {
        bundle().with("claude.sources.tray.uri", "file:" + home.resolve("tray") + "?delay=50&initialDelay=0")
                .with("claude.sources.tray.batch", "true")
                .with("claude.sources.tray.sinks", "answers")
                .with("claude.sinks.answers.uri", "file:" + home.resolve("outbox"))
                .with("claude.batch.wait", "1h")
                .started();
        assertThat(metrics())
                .contains("claude_batch_oldest_wait 0.0")
                .contains("claude_undelivered_oldest_wait 0.0")
                .contains("claude_endpoint_oldest_wait{endpoint=\"primary\"} 0.0")
                .contains("claude_source_oldest_wait{source=\"tray\"} 0.0")
                .contains("claude_throttle_oldest_wait 0.0")
                .contains("claude_settings_refused 0.0");

        Files.writeString(home.resolve("tray").resolve("a.txt"), "How deep?");

        Patience.until(
                () -> metrics().lines().anyMatch(line -> line.matches("claude_batch_oldest_wait [1-9].*")),
                InProcessBundle.PATIENCE,
                () -> metricsNow());
    }
}
