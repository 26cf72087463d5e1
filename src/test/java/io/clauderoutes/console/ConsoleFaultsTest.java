package io.clauderoutes.console;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.Processor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each fault that is injected has a line in the state of now: the part that fails, since when, and what it has cost. */
@Timeout(120)
class ConsoleFaultsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String MODEL = "claude-sonnet-5-5";

    @TempDir
    Path home;

    private final StubClaude claude = new StubClaude();
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private InProcessBundle bundle;

    @AfterEach
    void stop() {
        released.countDown();
        clients.shutdownNow();
        if (bundle != null) {
            bundle.close();
        }
        claude.close();
    }

    private InProcessBundle bundleAt(String url) {
        bundle = new InProcessBundle(home, URI.create(url))
                .with("claude.console.enabled", "true")
                .with("claude.call.first-delay", "1ms")
                .with("claude.call.max-delay", "2ms");
        return bundle;
    }

    private int asked() throws Exception {
        return bundle.ask("", MODEL, "How deep?").statusCode();
    }

    private void asking() {
        clients.execute(() -> {
            try {
                asked();
            } catch (Exception stopping) {
                // the bundle ends before the reply
            }
        });
    }

    private JsonNode now() throws Exception {
        return new ObjectMapper().readTree(bundle.get("/console/api/now").body());
    }

    /** Waits for a problem. */
    private JsonNode problem(String part, String kind) {
        JsonNode[] last = {null, null};
        Patience.until(
                () -> {
                    last[0] = now();
                    for (JsonNode problem : last[0].path("problems")) {
                        if (problem.path("part").asText().equals(part)
                                && problem.path("kind").asText().equals(kind)) {
                            last[1] = problem;
                        }
                    }
                    return last[1] != null;
                },
                LIMIT,
                () -> String.valueOf(last[0]));
        assertThat(Instant.parse(last[1].path("since").asText()))
                .as("since")
                .isBetween(begin.minusSeconds(2), Instant.now());
        assertThat(last[1].path("reason").asText()).isNotEmpty();
        return last[1];
    }

    @Test
    void nothing_fails_at_first() throws Exception {
        claude.next(says("Very deep."));
        bundleAt(claude.url()).started();
        assertThat(asked()).isEqualTo(200);

        assertThat(now().path("problems")).isEmpty();
        assertThat(now().path("endpoints").path(0).path("state").asText()).isEqualTo("available");
    }

    @Test
    void a_dead_endpoint() throws Exception {
        bundleAt("http://127.0.0.1:" + FreePort.next()).started();
        assertThat(asked()).isGreaterThanOrEqualTo(500);

        assertThat(problem("endpoint primary", "failing calls")
                        .path("cost")
                        .path("failed_requests")
                        .asInt())
                .isEqualTo(1);

        asked();
        asked();
        JsonNode dead = problem("endpoint primary", "dead endpoint");
        assertThat(dead.path("severity").asText()).isEqualTo("error");
        assertThat(dead.path("cost").path("failed_requests").asInt()).isEqualTo(3);
        assertThat(dead.path("cost").path("failed_calls").asInt()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void an_endpoint_that_dies_while_nobody_calls_it() throws Exception {
        claude.always(says("Very deep."));
        bundleAt(claude.url()).started();
        assertThat(asked()).isEqualTo(200);
        assertThat(now().path("problems")).isEmpty();
        claude.close();
        long closed = System.nanoTime();

        JsonNode dead = problem("endpoint primary", "failing calls");
        assertThat(Duration.ofNanos(System.nanoTime() - closed)).isLessThan(Duration.ofSeconds(2));
        assertThat(dead.path("reason").asText()).startsWith("a probe failed: ");
        assertThat(problem("endpoint primary", "dead endpoint").path("reason").asText())
                .contains("probes failed");
    }

    @Test
    void a_silent_endpoint() throws Exception {
        claude.always(silence(released));
        bundleAt(claude.url()).started();
        asking();
        asking();

        JsonNode silent = problem("endpoint primary", "silent endpoint");
        assertThat(silent.path("cost").path("waiting").asInt()).isEqualTo(2);
        assertThat(now().path("requests").path(1).path("stage").asText()).isEqualTo("call");
        assertThat(now().toString()).as("no text of a prompt").doesNotContain("How deep");
    }

    @Test
    void an_expired_credential() throws Exception {
        claude.always(error(401, "authentication_error"));
        bundleAt(claude.url()).started();
        assertThat(asked()).isEqualTo(401);

        JsonNode expired = problem("credential main", "expired or refused credential");
        assertThat(expired.path("reason").asText()).contains("refused by endpoint primary");
        assertThat(expired.path("cost").path("failed_requests").asInt()).isEqualTo(1);
        assertThat(now().toString()).doesNotContain("sk-ant-test-live-settings");
    }

    @Test
    void an_exhausted_budget() throws Exception {
        bundleAt(claude.url()).with("claude.budgets.default.usd", "0.000001").started();
        assertThat(asked()).isEqualTo(429);

        JsonNode spent = problem("budget of tenant default", "exhausted budget");
        assertThat(spent.path("reason").asText()).contains("$0.000001");
        assertThat(spent.path("cost").path("failed_requests").asInt()).isEqualTo(1);
    }

    @Test
    void a_ledger_that_cannot_be_written() throws Exception {
        claude.always(says("Very deep."));
        bundleAt(claude.url()).started();
        assertThat(asked()).isEqualTo(200);
        Path file = home.resolve("data").resolve("ledger.db");
        try (Connection holder = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = holder.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            Patience.until(() -> asked() >= 500, LIMIT, () -> "calls go on");

            JsonNode ledger = problem("ledger", "ledger not writable");
            assertThat(ledger.path("severity").asText()).isEqualTo("error");
            assertThat(ledger.path("cost").path("failed_requests").asInt()).isPositive();
            statement.execute("ROLLBACK");
        }
    }

    @Test
    void a_slow_sink() throws Exception {
        Processor slow = exchange -> released.await();
        claude.always(says("Very ", "deep."));
        bundleAt(claude.url())
                .bind("slow", slow)
                .with("claude.sinks.archive.uri", "bean:slow?method=process")
                .with("claude.sinks.archive.chunks", "true")
                .with("claude.sources.inbox.uri", "direct:inbox")
                .with("claude.sources.inbox.sinks", "archive")
                .started();
        clients.execute(() -> bundle.context().createProducerTemplate().requestBody("direct:inbox", "How deep?"));

        JsonNode sink = problem("sink archive", "slow sink");
        assertThat(sink.path("reason").asText()).contains("room for 256");
        assertThat(sink.path("cost").path("waiting").asInt()).isEqualTo(1);
        assertThat(sink.path("cost").path("micro_usd").asLong()).isPositive();
        assertThat(now().path("requests").path(0).path("stage").asText()).isEqualTo("fan out");
    }
}
