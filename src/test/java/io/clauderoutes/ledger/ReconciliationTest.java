package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.report.Reconciliation;
import io.clauderoutes.ledger.report.UsagePage;
import io.clauderoutes.ledger.row.AttemptPosition;
import io.clauderoutes.ledger.row.AttemptResult;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowId;
import io.clauderoutes.ledger.row.RowTimes;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The books and the simulator's report of its own bill. Hours are compared that are over, so the simulator's clock stands still
 * hours ago, and the books get the row that the bundle would have written then.
 */
class ReconciliationTest {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String PONG = "say exactly: Pong.";

    @TempDir
    private Path data;

    /** Half past the hour, three hours ago: what is billed now was billed in an hour that is over. */
    private final Clock earlier =
            Clock.fixed(Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofMinutes(150)), ZoneOffset.UTC);

    private Simulator simulator;
    private Bundle bundle;

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant(), earlier);
        bundle = Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.toString())
                .with("claude.credentials.admin.kind", "api-key")
                .with("claude.credentials.admin.key", "sk-ant-admin01-test")
                .with("claude.ledger.reconciliation.credential", "admin")
                .with("claude.ledger.reconciliation.interval", "200ms")
                .with("claude.ledger.reconciliation.delay", "0s");
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private void untilRun(String result) {
        Patience.until(
                () -> bundle.meter("claude.ledger.reconciliations", "result", result) >= 1,
                LONG,
                () -> "no reconciliation that " + result);
    }

    private JsonNode told() throws Exception {
        return new ObjectMapper()
                .valueToTree(bundle.context()
                        .getRegistry()
                        .findSingleByType(UsagePage.class)
                        .reconciliation());
    }

    /** The same that the bundle would have written three hours ago. */
    private void booked(Row... rows) throws Exception {
        try (LedgerStore store = new LedgerStore(new LedgerFile(data.resolve(Ledger.FILE)))) {
            store.append(List.of(rows));
        }
    }

    private static void billed(Simulator simulator) {
        try (Bundle other = Bundle.calling(simulator).with("claude.cache.enabled", "false")) {
            other.ask(PONG);
        }
    }

    private static Row pong(Instant at, long output) {
        return new Row(
                new RowId("other", 1),
                State.SETTLED,
                new RowTimes(at.toEpochMilli(), at.toEpochMilli()),
                new Subject("default", "direct", "claude-sonnet-5-5", "primary"),
                new AttemptPosition("prompt-1", Optional.empty(), 1, 1),
                new AttemptResult("req_1", Tokens.of(5, output), OptionalLong.of(30), "2026-10-07", "", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"usage-report", "analytics"})
    void books_that_agree_with_the_report_have_no_difference(String report) throws Exception {
        Instant begun = earlier.instant();
        billed(simulator);
        booked(pong(begun, 2));
        bundle.with("claude.ledger.reconciliation.report", report).context();

        untilRun("agrees");

        assertThat(bundle.meter("claude.ledger.differences")).isZero();
        assertThat(told().path("differences")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"usage-report", "analytics"})
    void a_difference_is_told_by_hour_and_model_and_nothing_is_changed(String report) throws Exception {
        Instant begun = earlier.instant();
        billed(simulator);
        booked(pong(begun, 9));
        try (CapturedLog log = new CapturedLog(Reconciliation.class.getName(), Level.WARN)) {
            bundle.with("claude.ledger.reconciliation.report", report).context();

            untilRun("differs");

            assertThat(log.lines())
                    .anyMatch(line -> line.contains("claude-sonnet-5-5") && line.contains("output_tokens=-7"));
        }
        JsonNode difference = told().path("differences").path(0);
        assertThat(difference.path("hour").asText())
                .isEqualTo(begun.atZone(ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.HOURS)
                        .toInstant()
                        .toString());
        assertThat(difference.path("model").asText()).isEqualTo("claude-sonnet-5-5");
        assertThat(difference.path("ledger").path("output_tokens").asInt()).isEqualTo(9);
        assertThat(difference.path("report").path("output_tokens").asInt()).isEqualTo(2);
        assertThat(difference.path("difference").path("input_tokens").asInt()).isZero();
        assertThat(new BookRows(data).of("SELECT output_tokens FROM attempt WHERE request_id = 'req_1'"))
                .containsExactly("9");
    }

    @Test
    void what_was_billed_and_is_in_no_book_is_a_difference() throws Exception {
        billed(simulator);
        bundle.context();

        untilRun("differs");

        assertThat(told().path("differences")
                        .path(0)
                        .path("difference")
                        .path("input_tokens")
                        .asInt())
                .isEqualTo(5);
    }

    @Test
    void a_difference_within_the_tolerance_is_none() throws Exception {
        Instant begun = earlier.instant();
        billed(simulator);
        booked(pong(begun, 9));
        bundle.with("claude.ledger.reconciliation.tolerance-tokens", "7").context();

        untilRun("agrees");

        assertThat(bundle.meter("claude.ledger.differences")).isZero();
    }

    @Test
    void a_report_that_cannot_be_had_is_told_without_the_key_and_harms_no_call() throws Exception {
        bundle.with("claude.credentials.admin.key", "sk-ant-no-admin-4711");
        try (CapturedLog log = new CapturedLog(Reconciliation.class.getName(), Level.WARN)) {
            bundle.context();

            untilRun("failed");

            assertThat(log.lines())
                    .anyMatch(line -> line.contains("could not be reconciled"))
                    .noneMatch(line -> line.contains("4711"));
        }
        // A round that comes before the ledger is open fails too.
        Patience.until(() -> told().path("failure").asText().contains("401"), LONG, () -> "another failure");
        simulator.next(new Fault.Ok());
        assertThat(bundle.ask(PONG, Map.of(ClaudeHeaders.TENANT, "acme"))).isEqualTo("Pong.");
    }

    @Test
    void a_credential_that_does_not_exist_stops_the_start() {
        bundle.with("claude.ledger.reconciliation.credential", "nobody");

        assertThat(bundle.refusal()).hasStackTraceContaining("there is no claude.credentials.nobody.kind");
    }

    private static Row unknown(long number, Instant at, long reservedMicroUsd) {
        return new Row(
                new RowId("other", number),
                State.UNKNOWN,
                new RowTimes(at.toEpochMilli(), at.toEpochMilli()),
                new Subject("acme", "direct", "claude-sonnet-5-5", "primary"),
                new AttemptPosition("prompt-" + number, Optional.empty(), 1, 1),
                new AttemptResult(
                        "", Tokens.UNKNOWN, OptionalLong.of(reservedMicroUsd), "", "the connection broke", ""));
    }

    private double left() {
        return bundle.meter("claude.budget.left", "tenant", "acme");
    }

    private void untilLeft(double dollars) {
        Patience.until(
                () -> Math.abs(left() - dollars) < 0.000_000_5, LONG, () -> "left are " + left() + ", not " + dollars);
    }

    @Test
    void what_was_held_for_calls_that_were_not_billed_is_left_again() throws Exception {
        booked(unknown(1, earlier.instant(), 400_000), unknown(2, earlier.instant(), 100_000));
        bundle.with("claude.budgets.acme.usd", "1").context();

        untilRun("agrees");
        untilLeft(1);

        assertThat(new BookRows(data).of("SELECT state, cost_micro_usd, reason FROM attempt ORDER BY number"))
                .hasSize(2)
                .allMatch(row -> row.startsWith("REJECTED - reconciled:"));
        assertThat(new BookRows(data).of("SELECT count(*) FROM attempt WHERE state = 'UNKNOWN'"))
                .containsExactly("0");
    }

    @Test
    void what_was_billed_and_is_in_no_book_stays_spent() throws Exception {
        billed(simulator);
        booked(unknown(1, earlier.instant(), 400_000), unknown(2, earlier.instant(), 100_000));
        bundle.with("claude.budgets.acme.usd", "1").context();

        // 5 tokens at 2 and 2 at 10 micro-dollars, 10 % more for the dearest place, and both shares rounded up.
        untilLeft(1 - 0.000_034);

        assertThat(new BookRows(data).of("SELECT state, cost_micro_usd FROM attempt ORDER BY number"))
                .containsExactly("ABORTED 27", "ABORTED 7");
    }

    @Test
    void a_call_that_the_report_cannot_have_yet_stays_unknown() throws Exception {
        booked(unknown(1, Instant.now().minus(Duration.ofMinutes(61)), 400_000));
        bundle.with("claude.budgets.acme.usd", "1").context();

        untilRun("agrees");

        untilLeft(0.6);
    }

    @Test
    void a_reconciliation_can_be_asked_for() throws Exception {
        bundle.with("claude.ledger.reconciliation.interval", "10h").context();

        assertThat(bundle.context()
                        .getRegistry()
                        .findSingleByType(UsagePage.class)
                        .reconcile())
                .containsKeys("at", "differences", "unknown_attempts_settled");
    }

    @Test
    void a_report_without_what_the_ledger_has_releases_nothing() throws Exception {
        booked(pong(earlier.instant(), 2), unknown(2, earlier.instant(), 400_000));
        try (CapturedLog log = new CapturedLog(Reconciliation.class.getName(), Level.WARN)) {
            bundle.with("claude.budgets.acme.usd", "1").context();

            untilRun("differs");

            assertThat(log.lines()).anyMatch(line -> line.contains("reservations of unknown calls stay"));
        }
        untilLeft(0.6);
    }
}
