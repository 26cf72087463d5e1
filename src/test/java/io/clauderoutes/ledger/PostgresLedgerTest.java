package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.report.UsageCommand;
import io.clauderoutes.ledger.report.UsageQuery;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.TestRows;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.ledger.store.PostgresDatabase;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.Postgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same books in a PostgreSQL database, by one bundle or by two. */
class PostgresLedgerTest {

    private static final String PONG = "say exactly: Pong.";
    private static final String PONG_SETTLED = "SETTLED 5 2 30";
    private static final Duration LONG = Duration.ofMinutes(2);

    private static Postgres postgres;

    @TempDir
    private Path data;

    private Simulator simulator;
    private String url;
    private Bundle bundle;
    private BookRows books;

    @BeforeAll
    static void startPostgres() {
        postgres = Postgres.start();
    }

    @AfterAll
    static void stopPostgres() {
        postgres.close();
    }

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant().withRequestsKept(100), Clock.systemUTC());
        url = postgres.database();
        bundle = bundle("one");
        books = new BookRows(new PostgresDatabase(url, "", ""));
    }

    private Bundle bundle(String folder) {
        return Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.ledger.url", url)
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.resolve(folder).toString());
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void until(Patience.Condition condition) {
        Patience.until(condition, LONG, () -> books.of("SELECT * FROM entry").toString());
    }

    private JsonNode usage() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = UsageCommand.run(
                new String[] {"--by=tenant"},
                Map.of("claude.data", data.toString(), "claude.ledger.url", url),
                LocalDate.now(ZoneOffset.UTC),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        return new ObjectMapper().readTree(out.toByteArray());
    }

    @Test
    void a_call_goes_through_its_three_states() {
        bundle.ask(PONG);

        assertThat(books.whenOver().states()).containsExactly("INTENT SETTLED");
        assertThat(books.attempts()).containsExactly(PONG_SETTLED);
        assertThat(books.of("SELECT account, amount_micro_usd FROM posting ORDER BY account"))
                .containsExactly("endpoint primary -30", "tenant default 30");
    }

    @Test
    void a_call_is_found_by_the_id_that_its_client_gave_it() {
        bundle.ask(PONG, Map.of("x-request-id", "mine-9"));
        bundle.ask("say exactly: Ping.");

        books.whenOver();
        assertThat(books.of("SELECT state, traceparent FROM attempt WHERE client_request_id = 'mine-9'"))
                .containsExactly("SETTLED -");
    }

    @Test
    void nothing_in_it_can_be_changed() {
        bundle.ask(PONG);

        assertThat(catchThrowable(() -> execute("UPDATE entry SET cost_micro_usd = 0")))
                .hasMessageContaining("the ledger is only added to");
    }

    @Test
    void the_command_line_reports_of_it() throws IOException {
        bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "acme"));
        simulator.next(Fault.status(529), new Fault.Ok());
        bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "zeta"));

        books.whenOver();
        JsonNode usage = usage();

        assertThat(usage.path("totals").path("attempts").asInt()).isEqualTo(3);
        assertThat(usage.path("totals").path("calls").asInt()).isEqualTo(2);
        assertThat(usage.path("totals").path("input_tokens").asInt()).isEqualTo(10);
        assertThat(usage.path("totals").path("cost_micro_usd").asInt()).isEqualTo(60);
        assertThat(usage.path("totals").path("rejected").path("attempts").asInt())
                .isEqualTo(1);
        assertThat(usage.path("groups").findValuesAsText("tenant")).containsExactly("acme", "zeta");
    }

    @Test
    void a_name_that_no_index_has_room_for_or_with_a_null_character_stops_nothing() {
        bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "t".repeat(10_000), ClaudeHeaders.SESSION, "a\0b"));

        assertThat(books.whenOver().attempts()).containsExactly(PONG_SETTLED);
    }

    @Nested
    class When_the_database_is_lost {

        @Test
        void calls_stop_and_go_on_when_it_is_back_and_nothing_is_left_open() {
            bundle.ask(PONG);
            postgres.shutOut(url);

            assertThat(bundle.failure(PONG))
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("claude.ledger.when-unavailable=stop");
            assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(1);
            postgres.letIn(url);
            until(() -> bundle.meter("claude.ledger.available") == 1);
            bundle.ask(PONG);

            assertThat(books.whenOver().of("SELECT state FROM attempt WHERE state <> 'REJECTED'"))
                    .containsExactly("SETTLED", "SETTLED");
        }

        @Test
        void calls_go_on_if_they_are_to_and_their_rows_follow() {
            bundle.with("claude.ledger.when-unavailable", "go-on");
            bundle.ask(PONG);
            postgres.shutOut(url);

            bundle.ask(PONG);
            postgres.letIn(url);
            until(() -> bundle.meter("claude.ledger.available") == 1);

            assertThat(books.whenOver().states()).containsExactly("INTENT SETTLED", "INTENT SETTLED");
        }

        @Test
        void it_says_so_without_the_password() {
            bundle.with("claude.ledger.password", "pg-secret-4711");
            bundle.ask(PONG);
            postgres.shutOut(url);

            assertThat(bundle.failure(PONG)).hasMessageNotContaining("4711").hasMessageContaining("jdbc:postgresql://");
        }
    }

    @Nested
    class Two_bundles {

        private Bundle second;

        @BeforeEach
        void both() {
            second = bundle("two");
        }

        @AfterEach
        void stopSecond() {
            second.close();
        }

        @Test
        void write_the_same_books() {
            IntStream.range(0, 100)
                    .mapToObj(i -> (i % 2 == 0 ? bundle : second)
                            .asking("say exactly: number " + i, Map.of(ClaudeHeaders.TENANT, "t" + i % 7)))
                    .toList()
                    .forEach(asked -> Bundle.until(asked::isDone));

            assertThat(books.whenOver().number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                    .isEqualTo(100);
            assertThat(books.number("SELECT sum(input_tokens) FROM attempt"))
                    .isEqualTo(simulator.bill().billed().tokens().input());
            assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting"))
                    .isZero();
        }

        @Test
        void one_of_which_starts_leave_the_open_calls_of_the_other_alone() {
            simulator.next(new Fault.Slow(Duration.ofSeconds(5), 0));
            Future<String> asked = bundle.asking(PONG);
            until(() -> books.states().equals(List.of("INTENT")));

            second.ask(PONG);
            Bundle.until(asked::isDone);

            assertThat(books.whenOver().of("SELECT state FROM attempt")).containsExactly("SETTLED", "SETTLED");
        }
    }

    @Nested
    class As_time_goes_by {

        private final Instant begun = Instant.parse("2026-11-20T12:00:00Z");

        private Map<String, Object> totals() throws SQLException {
            return new UsageReport(new PostgresDatabase(url, "", ""))
                    .answer(UsageQuery.ofDays(LocalDate.parse("2026-11-01"), LocalDate.parse("2026-11-30")))
                    .totals()
                    .told();
        }

        @Test
        void hours_are_added_up_old_attempts_removed_and_what_comes_late_counts() throws SQLException {
            try (LedgerStore store = new LedgerStore(new PostgresDatabase(url, "", ""))) {
                long hour = Hour.of(begun);
                for (int number = 1; number <= 5; number++) {
                    store.append(
                            List.of(TestRows.intent("run", number, begun), TestRows.settled("run", number, begun)));
                }
                Map<String, Object> before = totals();

                assertThat(store.addUp(hour, 0)).as("an hour that is not over").isFalse();
                assertThat(store.addUp(hour + 1, 0)).isTrue();
                assertThat(store.addUp(hour + 1, 0)).as("twice").isFalse();
                assertThat(totals()).isEqualTo(before).containsEntry("cost_micro_usd", 300L);

                assertThat(store.remove(hour + 1, 3)).isEqualTo(3);
                assertThat(books.number("SELECT count(*) FROM attempt")).isEqualTo(2);
                assertThat(totals()).isEqualTo(before);

                store.append(List.of(TestRows.settled("run", 6, begun)));
                assertThat(totals()).containsEntry("cost_micro_usd", 360L).containsEntry("attempts", 6L);
                assertThat(store.spent("acme", begun)).isEqualTo(new Spending(360, 0));
            }
        }

        @Test
        void one_of_two_exports_and_the_other_takes_over_when_it_is_gone() throws SQLException {
            PostgresDatabase database = new PostgresDatabase(url, "", "");
            LedgerStore first = new LedgerStore(database);
            try (LedgerStore second = new LedgerStore(database)) {
                assertThat(first.export(true)).isTrue();
                assertThat(second.export(true)).isFalse();
                second.append(List.of(TestRows.settled("run", 1, begun)));
                assertThat(books.number("SELECT count(*) FROM outbox")).isEqualTo(1);
                first.close();

                Patience.until(() -> second.export(true), LONG, () -> "the other is not gone");
                second.exported(List.of(books.number("SELECT min(id) FROM outbox")));
                assertThat(books.number("SELECT count(*) FROM outbox")).isZero();
            } finally {
                first.close();
            }
        }
    }

    /** Two writers that are not looked after, so that nothing happens by itself. */
    @Nested
    class A_process_that_is_gone {

        private final Instant now = Instant.now();
        private PostgresDatabase database;

        @BeforeEach
        void connect() {
            database = new PostgresDatabase(url, "", "");
        }

        private int begunBySomebodyElse() throws SQLException {
            try (LedgerStore other = new LedgerStore(database)) {
                return other.begin("other", now.toEpochMilli());
            }
        }

        private void intended() throws SQLException {
            try (LedgerStore gone = new LedgerStore(database)) {
                gone.begin("gone", now.toEpochMilli());
                gone.append(List.of(TestRows.intent("gone", 1, now)));
            }
        }

        private void aMinuteLater() throws SQLException {
            execute("UPDATE run SET seen_at = seen_at - interval '61 seconds'");
        }

        @Test
        void for_less_than_a_minute_may_be_on_its_way_back() throws SQLException {
            intended();

            assertThat(begunBySomebodyElse()).isZero();
            assertThat(books.of("SELECT state FROM attempt")).containsExactly("INTENT");
        }

        @Test
        void for_a_minute_leaves_open_calls_that_are_unknown() throws SQLException {
            intended();
            aMinuteLater();

            assertThat(begunBySomebodyElse()).isEqualTo(1);
            assertThat(books.of("SELECT state, reason FROM attempt"))
                    .containsExactly("UNKNOWN the process ended before the call did");
            assertThat(begunBySomebodyElse()).isZero();
        }

        @Test
        void and_was_only_cut_off_tells_what_came_of_them_and_nothing_counts_twice() throws SQLException, IOException {
            intended();
            aMinuteLater();
            begunBySomebodyElse();

            try (LedgerStore back = new LedgerStore(database)) {
                back.append(List.of(TestRows.settled("gone", 1, now)));
                back.append(List.of(TestRows.settled("gone", 1, now)));
            }

            assertThat(books.attempts()).containsExactly("SETTLED 10 4 60");
            JsonNode usage = usage();
            assertThat(usage.path("totals").path("attempts").asInt()).isEqualTo(1);
            assertThat(usage.path("totals").path("calls").asInt()).isEqualTo(1);
            assertThat(usage.path("totals").path("cost_micro_usd").asInt()).isEqualTo(60);
            assertThat(usage.path("totals").path("unknown").path("attempts").asInt())
                    .isZero();
            assertThat(usage.path("unknown_attempts")).isEmpty();
        }
    }
}
