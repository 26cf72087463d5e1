package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.store.PostgresDatabase;
import io.clauderoutes.simulator.Bill;
import io.clauderoutes.simulator.Charge;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.Postgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process under load is killed at any moment, again and again, and the books are held against the simulator's bill. More
 * kills: {@code ./mvnw test -Dtest=CrashTest -Dledger.kills=200}; in one store alone: {@code -Dledger.store=postgresql}.
 */
@Order(2)
class CrashTest {

    private static final String ONLY = System.getProperty("ledger.store", "");
    private static final long SEED = Long.getLong("ledger.seed", 20_261_123L);
    private static final int LONGEST_LIFE_MILLIS = 400;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern NAME = Pattern.compile("say exactly: call (\\S+) ends here");

    @TempDir
    private Path folder;

    private Path data;

    /** Where the books are. */
    private interface Store extends AutoCloseable {

        /** For {@code claude.ledger.url}; empty for a file in {@code claude.data}. */
        String url();

        /** For {@code claude.ledger.fsync.enabled}. */
        boolean fsync();

        BookRows books();

        /** Lets those who were killed be known as such. */
        void buryTheDead();

        @Override
        void close();
    }

    private final class Sqlite implements Store {
        private final boolean fsync;

        private Sqlite(boolean fsync) {
            this.fsync = fsync;
        }

        @Override
        public boolean fsync() {
            return fsync;
        }

        @Override
        public String url() {
            return "";
        }

        @Override
        public BookRows books() {
            return new BookRows(data);
        }

        @Override
        public void buryTheDead() {
            // the lock on the file is proof enough
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    private static final class Postgresql implements Store {
        private final Postgres server = Postgres.start();
        private final String url = server.database();

        @Override
        public boolean fsync() {
            return true;
        }

        @Override
        public String url() {
            return url;
        }

        @Override
        public BookRows books() {
            return new BookRows(new PostgresDatabase(url, "", ""));
        }

        /** A minute of silence has to pass, and passes at once. */
        @Override
        public void buryTheDead() {
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("UPDATE run SET seen_at = seen_at - interval '2 minutes'");
            } catch (SQLException failure) {
                throw new IllegalStateException(failure);
            }
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void whenever_the_process_is_killed_everything_billed_is_in_the_books_once() {
        assumeTrue(ONLY.isEmpty() || ONLY.equals("sqlite"), "-Dledger.store");

        killedAgainAndAgain(new Sqlite(true), Integer.getInteger("ledger.kills", 20));
    }

    @Test
    void the_same_is_true_where_no_call_waits_for_the_disk() {
        assumeTrue(ONLY.isEmpty() || ONLY.equals("sqlite-no-fsync"), "-Dledger.store");

        killedAgainAndAgain(new Sqlite(false), Integer.getInteger("ledger.kills", 3));
    }

    @Test
    void the_same_is_true_of_books_in_postgresql() {
        assumeTrue(ONLY.isEmpty() || ONLY.equals("postgresql"), "-Dledger.store");

        try (Store store = new Postgresql()) {
            killedAgainAndAgain(store, Integer.getInteger("ledger.kills", 3));
        }
    }

    private void killedAgainAndAgain(Store store, int kills) {
        data = folder.resolve("data");
        Random random = new Random(SEED);
        SimulatorSettings settings = SimulatorSettings.instant()
                .withLatency(Duration.ofMillis(2), Duration.ofMillis(20))
                .withRequestsKept(1_000_000)
                .withFaults(Map.of(Fault.status(529), 5.0, new Fault.End(1), 5.0));
        try (Simulator simulator = Simulator.start(settings, Clock.systemUTC())) {
            for (int round = 0; round < kills; round++) {
                killedAtSomeMoment(simulator, store, round, random);
            }
            quiet(simulator);
            store.buryTheDead();
            reopened(simulator, store);

            BookRows books = store.books();
            Bill bill = simulator.bill();
            Set<String> asked = named(simulator);
            List<String> written = books.of("SELECT session FROM attempt WHERE session IS NOT NULL");
            assertThat(written)
                    .as("calls in the books")
                    .hasSizeGreaterThan(kills)
                    .doesNotHaveDuplicates();
            assertThat(written).as("calls that the simulator got").containsAll(asked);
            assertThat(books.number("SELECT count(*) FROM attempt WHERE state IN ('INTENT', 'STARTED')"))
                    .as("calls left open")
                    .isZero();
            assertThat(asked)
                    .as("what was settled, estimated or refused was asked")
                    .containsAll(books.of("SELECT session FROM attempt WHERE state IN ('SETTLED', 'ABORTED')"));
            long settled = books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'");
            long perhaps = books.number("SELECT count(*) FROM attempt WHERE state IN ('ABORTED', 'UNKNOWN')");
            assertThat(bill.billed().answers()).isBetween(settled, settled + perhaps);
            Map<String, Charge> charges =
                    simulator.charges().stream().collect(Collectors.toMap(Charge::requestId, Function.identity()));
            assertThat(books.of("SELECT request_id, input_tokens, output_tokens, cache_read_tokens,"
                            + " cache_write_5m_tokens, cache_write_1h_tokens FROM attempt WHERE state = 'SETTLED'"))
                    .as("what was settled was billed so, call by call and token by token")
                    .isNotEmpty()
                    .allSatisfy(
                            row -> assertThat(row).isEqualTo(told(charges.get(row.substring(0, row.indexOf(' '))))));
            assertThat(books.of("SELECT request_id, input_tokens FROM attempt WHERE state = 'ABORTED'"))
                    .as("what was cut has its exact input")
                    .allSatisfy(row -> assertThat(row).isEqualTo(input(charges.get(row.split(" ", -1)[0]))));
            assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'UNKNOWN'"))
                    .as("at most what was under way at a kill")
                    .isLessThanOrEqualTo(kills * 16L);
            assertThat(books.number("SELECT count(DISTINCT request_id) FROM attempt WHERE state = 'SETTLED'"))
                    .isEqualTo(settled);
            assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting"))
                    .isZero();
            System.out.println(kills + " kills: " + bill.billed().answers() + " calls billed; in the books: "
                    + books.of("SELECT state, count(*) FROM attempt GROUP BY state ORDER BY state"));
        }
    }

    private static String told(Charge charge) {
        return String.join(
                " ",
                charge.requestId(),
                Long.toString(charge.tokens().input()),
                Long.toString(charge.tokens().output()),
                Long.toString(charge.tokens().cacheRead()),
                Long.toString(charge.tokens().cacheWrite5m()),
                Long.toString(charge.tokens().cacheWrite1h()));
    }

    private static String input(Charge charge) {
        return charge.requestId() + " " + charge.tokens().input();
    }

    private void killedAtSomeMoment(Simulator simulator, Store store, int round, Random random) {
        long before = simulator.bill().callsOf("/v1/messages");
        try (ChildJvm child = ChildJvm.start(
                CrashChild.class,
                folder.resolve("child.log"),
                simulator.url().toString(),
                data.toString(),
                "round" + round,
                store.url(),
                Boolean.toString(store.fsync()))) {
            Patience.until(() -> simulator.bill().callsOf("/v1/messages") > before, PATIENCE, child::trouble);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST_LIFE_MILLIS)));
        }
    }

    /** Until the simulator has noticed that nobody is there any more, its bill may still grow. */
    private static void quiet(Simulator simulator) {
        Patience.until(
                () -> simulator.bill().streams().begun()
                        == simulator.bill().streams().ended()
                                + simulator.bill().streams().cut(),
                PATIENCE,
                () -> simulator.bill().toString());
    }

    private void reopened(Simulator simulator, Store store) {
        try (Bundle last = Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.data", data.toString())
                .with("claude.ledger.url", store.url())) {
            simulator.next(Fault.named("ok"));
            last.ask("say exactly: call last ends here", Map.of("CamelClaudeSession", "last"));
        }
    }

    private static Set<String> named(Simulator simulator) {
        Set<String> names = new HashSet<>();
        simulator.requests().forEach(request -> {
            Matcher name = NAME.matcher(request.body());
            if (name.find()) {
                names.add(name.group(1));
            }
        });
        return names;
    }
}
