package io.clauderoutes.ledger;

import io.clauderoutes.ledger.report.UsageQuery;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.ledger.row.AttemptPosition;
import io.clauderoutes.ledger.row.AttemptResult;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowId;
import io.clauderoutes.ledger.row.RowTimes;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.ledger.write.Maintenance;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Fills a file with attempts of past days, then asks for reports and removes what is old. */
final class LedgerFill {

    private static final int AT_ONCE = 1_000;
    private static final int TENANTS = 20;
    private static final List<String> MODELS = List.of("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5");
    private static final int REMOVALS = 200;

    private final LedgerFile file;
    private final PrintStream out;

    private LedgerFill(LedgerFile file, PrintStream out) {
        this.file = file;
        this.out = out;
    }

    static void run(long attempts, int days, PrintStream out) throws Exception {
        Path data = Files.createTempDirectory(Path.of("target"), "ledger-fill");
        new LedgerFill(new LedgerFile(data.resolve(Ledger.FILE)), out).run(attempts, days);
        out.printf("file: %s%n", data);
    }

    private void run(long attempts, int days) throws Exception {
        Instant end = Instant.now().truncatedTo(ChronoUnit.DAYS);
        Instant begin = end.minus(days, ChronoUnit.DAYS);
        try (LedgerStore store = new LedgerStore(file)) {
            long start = System.nanoTime();
            for (long from = 0; from < attempts; from += AT_ONCE) {
                store.append(rows(from, attempts, begin, Duration.between(begin, end)));
            }
            double seconds = seconds(start);
            store.mark("fill", attempts, end.toEpochMilli());
            out.printf(
                    "%,d attempts of %d days in %.0f s: %,.0f a second; %.2f GB, %.0f bytes each%n",
                    attempts, days, seconds, attempts / seconds, size() / 1e9, size() / (double) attempts);
            report("not added up", end.minus(1, ChronoUnit.DAYS), end);
            upkeep(store, end);
            report("added up", end.minus(1, ChronoUnit.DAYS), end);
            report("added up", begin, end);
            spent(store, begin);
            removal(store, end);
        }
    }

    private static List<Row> rows(long from, long all, Instant begin, Duration time) {
        List<Row> rows = new ArrayList<>();
        for (long number = from; number < from + AT_ONCE; number++) {
            long at = begin.toEpochMilli() + time.toMillis() * number / all;
            Subject subject = new Subject(
                    "tenant" + number % TENANTS, "direct", MODELS.get((int) (number % MODELS.size())), "primary");
            for (State state : List.of(State.INTENT, State.STARTED, State.SETTLED)) {
                boolean over = state == State.SETTLED;
                rows.add(new Row(
                        new RowId("fill", number),
                        state,
                        new RowTimes(at, at),
                        subject,
                        new AttemptPosition("prompt-abcdefgh-" + number, Optional.empty(), 1, 1),
                        new AttemptResult(
                                state == State.INTENT ? "" : "req_011CSHoEeqs5C35K2UUqR7F" + number,
                                over ? Tokens.of(number % 1_000, number % 300) : Tokens.UNKNOWN,
                                over ? OptionalLong.of(number % 5_000) : OptionalLong.empty(),
                                over ? "2026-10-07" : "",
                                "",
                                "")));
            }
        }
        return rows;
    }

    private void report(String what, Instant from, Instant to) throws SQLException {
        LocalDate first = LocalDate.ofInstant(from, ZoneOffset.UTC);
        LocalDate last = LocalDate.ofInstant(to, ZoneOffset.UTC).minusDays(1);
        long start = System.nanoTime();
        UsageReport.Answer answer = new UsageReport(file).answer(UsageQuery.ofDays(first, last));
        out.printf(
                "report from %s to %s, %s: %.0f ms, %,d attempts%n",
                first, last, what, seconds(start) * 1_000, (long)
                        answer.totals().told().get("attempts"));
    }

    private void upkeep(LedgerStore store, Instant end) throws SQLException {
        long hours = 0;
        double longest = 0;
        long start = System.nanoTime();
        while (true) {
            long one = System.nanoTime();
            if (!store.addUp(Hour.of(end), end.toEpochMilli())) {
                break;
            }
            hours++;
            longest = Math.max(longest, seconds(one));
        }
        out.printf("%d hours added up in %.1f s, the longest step %.0f ms%n", hours, seconds(start), longest * 1_000);
    }

    private void spent(LedgerStore store, Instant begin) throws SQLException {
        long start = System.nanoTime();
        long spent = store.spent("tenant1", begin).microUsd();
        out.printf("what a tenant spent in all days (%d): %.1f ms%n", spent, seconds(start) * 1_000);
    }

    private void removal(LedgerStore store, Instant end) throws SQLException {
        Clock clock = Clock.fixed(end.plus(400, ChronoUnit.DAYS), ZoneOffset.UTC);
        Maintenance upkeep = new Maintenance(
                "fill", Duration.ofDays(1), false, books -> {}, clock, () -> System.nanoTime() * 1_000_000);
        double longest = 0;
        long start = System.nanoTime();
        for (int i = 0; i < REMOVALS; i++) {
            long one = System.nanoTime();
            upkeep.step(store);
            longest = Math.max(longest, seconds(one));
        }
        out.printf("%d steps of removal in %.1f s, the longest %.0f ms%n", REMOVALS, seconds(start), longest * 1_000);
    }

    private long size() throws Exception {
        return Files.size(Path.of(file.name()));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
