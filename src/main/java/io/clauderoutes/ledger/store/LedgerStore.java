package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What is written to the ledger, by one process on one thread. Each method is a transaction, or several. */
public final class LedgerStore implements AutoCloseable {

    /** Why an attempt has an end that its own process did not write. */
    static final String GIVEN_UP = "the process ended before the call did";

    private static final int MOST_SUBJECTS_KEPT = 10_000;

    private static final String RECONCILED_AS_BILLED =
            "reconciled: estimated from what the API's report has and the ledger has not";
    private static final String RECONCILED_AS_FREE = "reconciled: the API's report has nothing that the ledger has not";

    /** What a reconciliation found out about an attempt that may have been billed. */
    private static final String INSERT_RECONCILED =
            "INSERT INTO entry (run, number, step, state, at_ms, begun_hour, subject,"
                    + " attempt, round, prompt, session, request_id, cost_micro_usd, reason)"
                    + " SELECT run, number, 3, '%s', ?, begun_hour, subject, attempt, round, prompt, session, request_id, %s, '%s'"
                    + " FROM entry WHERE run = ? AND number = ? AND step = 2 AND state = 'UNKNOWN' ON CONFLICT DO NOTHING";

    private static final String INSERT_BILLED =
            INSERT_RECONCILED.formatted(State.ABORTED, "CAST(? AS BIGINT)", RECONCILED_AS_BILLED.replace("'", "''"));
    private static final String INSERT_FREE =
            INSERT_RECONCILED.formatted(State.REJECTED, "NULL", RECONCILED_AS_FREE.replace("'", "''"));

    /** A row of the last step for every attempt of a run that has none. */
    private static final String CLOSE_OPEN = """
            INSERT INTO entry (run, number, step, state, at_ms, begun_hour, subject, attempt, round, prompt, session,
                cost_micro_usd, reason)
            SELECT run, number, 2, 'UNKNOWN', ?, begun_hour, subject, attempt, round, prompt, session, cost_micro_usd, '%s'
            FROM entry AS intent
            WHERE step = 0 AND run = ? AND number >= ?
            AND NOT EXISTS (SELECT 1 FROM entry WHERE run = intent.run AND number = intent.number AND step = 2)
            ON CONFLICT DO NOTHING
            """.formatted(GIVEN_UP);

    private static final String NEXT_TO_ADD_UP = "SELECT min(begun_hour) FROM entry WHERE step = 2"
            + " AND begun_hour >= (" + HourSums.ADDED_UP_BELOW + ") AND begun_hour < ?";

    private static final String REMOVABLE = "SELECT run, number FROM entry"
            + " WHERE step = 2 AND begun_hour < ? AND begun_hour < (" + HourSums.ADDED_UP_BELOW + ")"
            + " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = entry.run"
            + " AND outbox.number = entry.number) ORDER BY begun_hour LIMIT ?";

    /** @param below attempts below it were all over when the store was opened, by their own process's word or another's */
    private record Run(long id, long below) {}

    private final LedgerDatabase database;
    private final LedgerDatabase.Writing writing;
    private final Connection connection;
    private final EntryInsert entries;
    private final Map<String, Run> runs = new HashMap<>();
    private final Map<Subject, Long> subjects = new HashMap<>();
    private boolean exports;

    /**
     * Opens the ledger, and makes it if there is none.
     *
     * @throws SQLException if it cannot be opened
     */
    public LedgerStore(LedgerDatabase database) throws SQLException {
        this.database = database;
        writing = database.write();
        connection = writing.connection();
        try {
            entries = new EntryInsert(connection);
        } catch (SQLException | RuntimeException failure) {
            writing.close();
            throw failure;
        }
    }

    /** A part of the work on the ledger, in a transaction of its own. */
    @FunctionalInterface
    private interface Work<T> {
        T done() throws SQLException;
    }

    private <T> T committed(Work<T> work) throws SQLException {
        try {
            T result = work.done();
            writing.inPlace().run();
            connection.commit();
            return result;
        } catch (SQLException failure) {
            forgetTransaction();
            throw failure;
        } catch (RuntimeException | AssertionError failure) {
            // The driver of PostgreSQL has assertions of its own, which fail when a connection breaks amid a batch.
            forgetTransaction();
            throw new SQLException(failure.toString(), failure);
        }
    }

    private void forgetTransaction() {
        runs.clear();
        subjects.clear();
        try {
            entries.clear();
            connection.rollback();
        } catch (SQLException alreadyGone) {
            // what was not committed is not there, as was wanted
        }
    }

    /** Says that this process is there, and puts an end to the attempts that others left open. How many there were. */
    public int begin(String run, long nowMillis) throws SQLException {
        return committed(() -> {
            long own = run(run, nowMillis).id();
            database.alive(connection, own);
            int closed = 0;
            for (long gone : Sql.all(connection, runsOfTheGone(), row -> row.getLong(1), own)) {
                closed += close(gone, nowMillis);
            }
            return closed;
        });
    }

    private String runsOfTheGone() {
        return database.runsOfTheGone() + " AND token NOT LIKE '" + Row.BATCH_RUNS + "%' AND id IN ("
                + LedgerQueries.RUNS_WITH_OPEN + ")";
    }

    private int close(long run, long nowMillis) throws SQLException {
        long end = Sql.number(connection, "SELECT coalesce(max(number), 0) + 1 FROM entry WHERE run = ?", run);
        int closed = Sql.update(connection, CLOSE_OPEN, nowMillis, run, below(run));
        mark(run, end, nowMillis);
        return closed;
    }

    private long below(long run) throws SQLException {
        return Sql.number(connection, "SELECT coalesce(max(below), 0) FROM mark WHERE run = ?", run);
    }

    /** Appends rows in one transaction; those that are there already are left as they are. */
    public void append(Collection<Row> rows) throws SQLException {
        for (Row row : rows) {
            introduce(row);
        }
        committed(() -> {
            for (Row row : rows) {
                Run run = run(row.id().run(), row.times().atMillis());
                long subject = subject(row.subject());
                entries.add(row, run.id(), subject);
                if (row.state().isFinal() && row.id().number() < run.below()) {
                    entries.addLearnt(row, run.id(), subject);
                }
            }
            entries.run();
            return null;
        });
    }

    /** New names have a transaction each: two writers that bring the same ones in another order would wait for each other. */
    private void introduce(Row row) throws SQLException {
        if (!runs.containsKey(row.id().run())) {
            committed(() -> run(row.id().run(), row.times().atMillis()));
        }
        if (!subjects.containsKey(row.subject())) {
            committed(() -> subject(row.subject()));
        }
    }

    /** Whether a row is there already. */
    public boolean has(Row row) throws SQLException {
        return committed(() -> LedgerQueries.has(connection, row));
    }

    /** What a tenant has spent since the beginning of an hour, in micro-dollars, as far as it is known. */
    public Spending spent(String tenant, Instant start) throws SQLException {
        return committed(() -> LedgerQueries.spent(connection, tenant, start));
    }

    /** Adds what became of attempts that may have been billed. */
    public void learn(List<UnknownCall.Outcome> outcomes, long nowMillis) throws SQLException {
        List<Object[]> billed = new ArrayList<>();
        List<Object[]> free = new ArrayList<>();
        for (UnknownCall.Outcome outcome : outcomes) {
            UnknownCall call = outcome.call();
            if (outcome.costMicroUsd() > 0) {
                billed.add(new Object[] {nowMillis, outcome.costMicroUsd(), call.run(), call.number()});
            } else {
                free.add(new Object[] {nowMillis, call.run(), call.number()});
            }
        }
        committed(() -> {
            Sql.updateAll(connection, INSERT_BILLED, billed);
            Sql.updateAll(connection, INSERT_FREE, free);
            return null;
        });
    }

    /**
     * Says whether attempts that end are to be exported from now on, by whichever process does that.
     *
     * @return whether it is this one
     */
    public boolean export(boolean wanted) throws SQLException {
        return committed(() -> {
            Sql.update(
                    connection, wanted ? "INSERT INTO export VALUES (1) ON CONFLICT DO NOTHING" : "DELETE FROM export");
            exports = exports || (wanted && database.exports(connection));
            return exports;
        });
    }

    /** What was exported needs not be exported again. */
    public void exported(List<Long> ids) throws SQLException {
        List<Object[]> all = ids.stream().map(id -> new Object[] {id}).toList();
        committed(() -> {
            Sql.updateAll(connection, "DELETE FROM outbox WHERE id = ?", all);
            return null;
        });
    }

    /** All attempts of a run below a number are over. */
    public void mark(String run, long below, long nowMillis) throws SQLException {
        committed(() -> {
            mark(run(run, nowMillis).id(), below, nowMillis);
            return null;
        });
    }

    private void mark(long run, long below, long nowMillis) throws SQLException {
        Sql.update(connection, "INSERT INTO mark VALUES (?,?,?) ON CONFLICT DO NOTHING", run, below, nowMillis);
    }

    /**
     * Adds up the next hour that is not, if it is over.
     *
     * @param hour the first that is not over
     * @return whether there was one
     */
    public boolean addUp(long hour, long nowMillis) throws SQLException {
        if (committed(() -> nextToAddUp(hour)).isEmpty()) {
            return false;
        }
        return committed(() -> {
            database.alone(connection);
            OptionalLong still = nextToAddUp(hour);
            if (still.isPresent()) {
                addUpOnce(still.getAsLong(), nowMillis);
            }
            return true;
        });
    }

    private OptionalLong nextToAddUp(long hour) throws SQLException {
        String next = Sql.one(connection, NEXT_TO_ADD_UP, hour);
        return next == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(next));
    }

    private void addUpOnce(long hour, long nowMillis) throws SQLException {
        long end = hour + 1;
        Sql.update(
                connection,
                "INSERT INTO hour_sum (" + HourSums.COLUMNS + ") " + HourSums.OF_ENTRIES,
                hour,
                end,
                hour,
                end,
                hour,
                end);
        Sql.update(connection, "INSERT INTO fold VALUES (?,?)", end, nowMillis);
    }

    /**
     * Removes some attempts that are added up, and were exported if they have to be. Their sums stay.
     *
     * @param before attempts that began in an earlier hour
     * @return how many there were
     */
    public int remove(long before, int most) throws SQLException {
        return committed(() -> {
            List<Object[]> attempts =
                    Sql.all(connection, REMOVABLE, row -> new Object[] {row.getLong(1), row.getLong(2)}, before, most);
            Sql.updateAll(connection, "DELETE FROM entry WHERE run = ? AND number = ?", attempts);
            return attempts.size();
        });
    }

    private Run run(String token, long nowMillis) throws SQLException {
        Run known = runs.get(token);
        if (known == null) {
            Sql.update(
                    connection,
                    "INSERT INTO run (token, begun_ms) VALUES (?,?) ON CONFLICT DO NOTHING",
                    token,
                    nowMillis);
            long id = Sql.number(connection, "SELECT id FROM run WHERE token = ?", token);
            known = new Run(id, below(id));
            runs.put(token, known);
        }
        return known;
    }

    private long subject(Subject subject) throws SQLException {
        Long known = subjects.get(subject);
        if (known == null) {
            Object[] names = {
                EntryInsert.storable(subject.tenant()),
                EntryInsert.storable(subject.source()),
                EntryInsert.storable(subject.model()),
                EntryInsert.storable(subject.endpoint())
            };
            Sql.update(
                    connection,
                    "INSERT INTO subject (tenant, source, model, endpoint) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
                    names);
            known = Sql.number(
                    connection,
                    "SELECT id FROM subject WHERE tenant = ? AND source = ? AND model = ? AND endpoint = ?",
                    names);
            if (subjects.size() >= MOST_SUBJECTS_KEPT) {
                subjects.clear();
            }
            subjects.put(subject, known);
        }
        return known;
    }

    @Override
    public void close() {
        writing.close();
    }
}
