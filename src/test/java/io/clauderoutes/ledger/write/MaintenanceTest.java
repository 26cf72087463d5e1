package io.clauderoutes.ledger.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.ledger.report.UsageQuery;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.TestRows;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.ledger.store.LedgerStore;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the books as time goes by, one step after the other. */
class MaintenanceTest {

    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final LocalDate FIRST = LocalDate.parse("2025-01-01");
    private static final LocalDate LAST = LocalDate.parse("2026-12-31");

    @TempDir
    private Path data;

    private LedgerFile file;
    private LedgerStore store;
    private BookRows books;
    private long nanos;

    @BeforeEach
    void open() throws SQLException {
        file = new LedgerFile(data.resolve(Ledger.FILE));
        store = new LedgerStore(file);
        books = new BookRows(file);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void steps(Instant now, Duration retention, int count) throws SQLException {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        Maintenance upkeep = new Maintenance("run", retention, false, books -> {}, clock, () -> nanos);
        for (int i = 0; i < count; i++) {
            nanos += Duration.ofMinutes(1).toNanos();
            assertThat(upkeep.isDue()).isTrue();
            upkeep.step(store);
        }
    }

    private void settled(long first, long last, Instant begun) throws SQLException {
        List<Row> rows = new ArrayList<>();
        LongStream.rangeClosed(first, last).forEach(number -> {
            rows.add(TestRows.intent("run", number, begun));
            rows.add(TestRows.settled("run", number, begun));
        });
        store.append(rows);
    }

    private Map<String, Object> totals() throws SQLException {
        return new UsageReport(file)
                .answer(UsageQuery.ofDays(FIRST, LAST))
                .totals()
                .told();
    }

    private long addedUp() {
        return books.number("SELECT coalesce(sum(attempts), 0) FROM hour_sum");
    }

    @Nested
    class An_hour_that_is_over {

        @Test
        void is_added_up_and_the_report_says_the_same_as_before() throws SQLException {
            settled(1, 3, NOON);
            settled(4, 5, NOON.plus(Duration.ofHours(1)));
            Map<String, Object> before = totals();

            steps(NOON.plus(Duration.ofHours(3)), Duration.ZERO, 5);

            assertThat(addedUp()).isEqualTo(5);
            assertThat(totals()).isEqualTo(before).containsEntry("attempts", 5L).containsEntry("cost_micro_usd", 300L);
        }

        @Test
        void is_left_alone_for_another_hour() throws SQLException {
            settled(1, 3, NOON);

            steps(NOON.plus(Duration.ofMinutes(90)), Duration.ZERO, 5);

            assertThat(addedUp()).isZero();
        }

        @Test
        void counts_what_comes_late_and_counts_it_once() throws SQLException {
            settled(1, 3, NOON);
            steps(NOON.plus(Duration.ofHours(3)), Duration.ZERO, 5);

            settled(3, 4, NOON);
            settled(5, 5, NOON.minus(Duration.ofHours(30)));
            steps(NOON.plus(Duration.ofHours(3)), Duration.ZERO, 5);

            assertThat(totals()).containsEntry("attempts", 5L).containsEntry("cost_micro_usd", 300L);
        }

        @Test
        void with_a_call_that_was_given_up_takes_what_is_learnt_of_it_in_its_place() throws SQLException {
            store.append(List.of(TestRows.intent("gone", 1, NOON)));
            assertThat(store.begin("run", NOON.toEpochMilli())).isEqualTo(1);
            steps(NOON.plus(Duration.ofHours(3)), Duration.ZERO, 5);
            store.close();
            store = new LedgerStore(file);

            store.append(List.of(TestRows.settled("gone", 1, NOON)));

            assertThat(totals())
                    .containsEntry("attempts", 1L)
                    .containsEntry("calls", 1L)
                    .containsEntry("settled", 1L)
                    .containsEntry("cost_micro_usd", 60L)
                    .containsEntry("unknown", Map.of("attempts", 0L));
        }
    }

    @Nested
    class An_attempt_that_is_older_than_it_need_be {

        private static final Duration DAYS = Duration.ofDays(400);

        @Test
        void is_removed_in_steps_and_no_sum_changes() throws SQLException {
            settled(1, 450, NOON);
            settled(451, 460, NOON.plus(Duration.ofDays(2)));
            Map<String, Object> before = totals();
            Instant later = NOON.plus(DAYS).plus(Duration.ofDays(1));
            steps(later, Duration.ZERO, 5);

            steps(later, DAYS, 1);
            assertThat(books.number("SELECT count(*) FROM attempt"))
                    .as("after one step")
                    .isEqualTo(260);
            steps(later, DAYS, 4);

            assertThat(books.number("SELECT count(*) FROM attempt")).isEqualTo(10);
            assertThat(books.number("SELECT count(*) FROM posting")).isEqualTo(20);
            assertThat(totals()).isEqualTo(before).containsEntry("cost_micro_usd", 460L * 60);
        }

        @Test
        void stays_where_attempts_are_kept_for_ever() throws SQLException {
            settled(1, 3, NOON);

            steps(NOON.plus(Duration.ofDays(9_000)), Duration.ZERO, 5);

            assertThat(books.number("SELECT count(*) FROM attempt")).isEqualTo(3);
        }

        @Test
        void stays_until_it_is_added_up() throws SQLException {
            settled(1, 3, NOON);

            assertThat(store.remove(Hour.of(NOON.plus(DAYS)), 100)).isZero();
        }

        @Test
        void stays_as_long_as_it_is_open() throws SQLException {
            store.append(List.of(TestRows.intent("run", 1, NOON)));

            steps(NOON.plus(DAYS).plus(DAYS), DAYS, 5);

            assertThat(books.of("SELECT state FROM attempt")).containsExactly("INTENT");
        }
    }
}
