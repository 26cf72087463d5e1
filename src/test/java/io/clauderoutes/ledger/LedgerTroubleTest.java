package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.write.LedgerWriter;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.camel.health.HealthCheck;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger's file is away for a while: another connection holds it, which it waits a second for. */
class LedgerTroubleTest {

    private static final String PONG = "say exactly: Pong.";

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;
    private BookRows books;
    private Connection holder;

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
        bundle = bundle();
        books = new BookRows(data);
    }

    private Bundle bundle() {
        return Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.toString());
    }

    @AfterEach
    void stop() throws SQLException {
        bundle.close();
        simulator.close();
        if (holder != null) {
            holder.close();
        }
    }

    private void hold() throws SQLException {
        // What was asked before has its last rows in the ledger.
        books.whenOver();
        holder = DriverManager.getConnection("jdbc:sqlite:" + data.resolve(Ledger.FILE));
        holder.createStatement().execute("BEGIN IMMEDIATE");
    }

    /** A call that is made before anybody could know: its rows are in the journal. */
    private void holdAndLetItBeSeen() throws SQLException {
        hold();
        bundle.ask(PONG);
        Bundle.until(() -> bundle.meter("claude.ledger.available") == 0);
    }

    private void letGo() throws SQLException {
        holder.close();
        Bundle.until(() -> bundle.meter("claude.ledger.available") == 1);
    }

    private HealthCheck.Result health() {
        return bundle.context()
                .getRegistry()
                .lookupByNameAndType("claudeHealth", HealthCheck.class)
                .call();
    }

    @Nested
    class By_default {

        @Test
        void no_call_is_made_and_the_failure_names_the_setting() throws SQLException {
            bundle.ask(PONG);
            holdAndLetItBeSeen();

            ClaudeException failure = bundle.failure(PONG);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("the ledger cannot be written")
                    .hasMessageContaining("claude.ledger.when-unavailable=stop");
            assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(2);
        }

        @Test
        void calls_are_made_again_when_it_is_back() throws SQLException {
            bundle.ask(PONG);
            holdAndLetItBeSeen();
            bundle.failure(PONG);

            letGo();
            bundle.ask(PONG);

            assertThat(books.attempts()).containsExactly("SETTLED 5 2 30", "SETTLED 5 2 30", "SETTLED 5 2 30");
        }

        /** The line of a trouble may come after its effect. */
        private boolean isLogged(CapturedLog log) {
            return log.lines().stream().anyMatch(line -> line.contains(data.toString()));
        }

        @Test
        void it_is_told_once_in_the_log_and_as_long_as_it_lasts_in_health_and_meters() throws SQLException {
            bundle.ask(PONG);
            try (CapturedLog log = new CapturedLog(LedgerWriter.class.getName(), Level.INFO)) {
                holdAndLetItBeSeen();
                bundle.failure(PONG);
                bundle.failure(PONG);
                Bundle.until(() -> isLogged(log));

                assertThat(log.lines().stream().filter(line -> line.contains(data.toString())))
                        .singleElement()
                        .asString()
                        .contains("calls are refused");
                assertThat(health().getDetails()).containsKey("ledger");
                assertThat(bundle.meter("claude.ledger.available")).isZero();
            }
        }

        @Test
        void a_file_that_is_removed_while_it_is_open_is_made_anew_before_the_next_call() throws Exception {
            bundle.ask(PONG);
            books.whenOver();
            try (CapturedLog log = new CapturedLog(LedgerWriter.class.getName(), Level.INFO);
                    Stream<Path> files = Files.list(data)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
                bundle.ask(PONG);
                Bundle.until(() -> Files.exists(data.resolve(Ledger.FILE + ".journal-1")));
                bundle.ask(PONG);
                Bundle.until(() -> isLogged(log));

                assertThat(books.attempts()).containsExactly("SETTLED 5 2 30", "SETTLED 5 2 30");
                assertThat(log.lines().stream().filter(line -> line.contains(data.toString())))
                        .first()
                        .asString()
                        .contains("was removed or replaced while it was open");
                Bundle.until(() -> bundle.meter("claude.ledger.available") == 1);
            }
        }

        @Test
        void a_folder_that_is_none_stops_calls_and_not_the_start() throws IOException {
            Path file = Files.writeString(data.resolve("file"), "not a folder");
            Bundle nowhere = Bundle.calling(simulator)
                    .with("claude.ledger.enabled", "true")
                    .with("claude.data", file.toString());
            try (nowhere) {
                assertThat(nowhere.failure(PONG)).isInstanceOf(ClaudeException.Unavailable.class);
            }
            assertThat(simulator.bill().callsOf("/v1/messages")).isZero();
        }

        @Test
        void two_bundles_do_not_write_the_same_books() {
            bundle.ask(PONG);
            try (Bundle second = bundle()) {
                assertThat(second.failure(PONG)).hasMessageContaining("another process writes it");
            }
        }
    }

    @Nested
    class When_calls_are_to_go_on {

        @BeforeEach
        void goOn() {
            bundle.with("claude.ledger.when-unavailable", "go-on");
        }

        @Test
        void they_do_and_their_rows_are_spilled_and_read_in_again() throws SQLException {
            bundle.ask(PONG);
            hold();

            bundle.ask(PONG);
            Bundle.until(() -> Files.exists(data.resolve("ledger.spill")));
            letGo();

            assertThat(books.states()).containsExactly("INTENT SETTLED", "INTENT SETTLED");
            assertThat(data.resolve("ledger.spill")).doesNotExist();
        }

        @Test
        void what_was_spilled_before_the_process_ended_is_read_in_by_the_next() throws SQLException {
            bundle.ask(PONG);
            hold();
            bundle.ask(PONG);
            bundle.context().stop();
            holder.close();

            bundle = bundle().with("claude.ledger.when-unavailable", "go-on");
            bundle.ask(PONG);

            assertThat(books.states()).containsExactly("INTENT SETTLED", "INTENT SETTLED", "INTENT SETTLED");
        }

        @Test
        void a_line_that_was_cut_off_is_no_row() throws SQLException, IOException {
            bundle.ask(PONG);
            hold();
            bundle.ask(PONG);
            Bundle.until(() -> Files.exists(data.resolve("ledger.spill")));
            Files.writeString(data.resolve("ledger.spill"), "\n{\"run\":\"x\",\"num", StandardOpenOption.APPEND);

            letGo();

            assertThat(books.states()).hasSize(2);
        }

        @Test
        void calls_stop_when_nothing_can_be_spilled_either() throws SQLException {
            bundle.with("claude.ledger.spill-file", data.toString());
            bundle.ask(PONG);
            holdAndLetItBeSeen();

            assertThat(bundle.failure(PONG)).isInstanceOf(ClaudeException.Unavailable.class);
            assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(2);
        }
    }

    @Test
    void an_answer_that_was_paid_for_is_handed_on_though_its_last_row_has_to_wait() throws SQLException {
        bundle.ask(PONG);
        simulator.next(new Fault.Slow(Duration.ofMillis(400), 0));
        Future<String> asked = bundle.asking("say exactly: later");
        Bundle.until(() -> books.states().size() == 2);
        hold();

        assertThat(asked).succeedsWithin(Duration.ofSeconds(60)).isEqualTo("later");
        letGo();

        Bundle.until(() -> books.states().equals(List.of("INTENT SETTLED", "INTENT SETTLED")));
    }
}
