package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What is written to the books, by one process on one thread. */
public final class LedgerStore implements AutoCloseable {

    /** Why an attempt has an end that its own process did not write. */
    static final String GIVEN_UP = "the process ended before the call did";

    private static final int MOST_SUBJECTS_KEPT = 10_000;

    private static final String COLUMNS =
            "run, number, step, state, at_ms, begun_hour, subject, attempt, prompt, session,"
                    + " request_id, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,"
                    + " web_searches, cost_micro_usd, price_from, reason, client_request_id, traceparent";

    private static final String INSERT_ENTRY = "INSERT INTO entry (" + COLUMNS
            + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING";

    /** What was learnt of an attempt after it had been given up: a row more, for nothing is changed. */
    private static final String INSERT_LEARNT = "INSERT INTO entry (" + COLUMNS
            + ") SELECT ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,? WHERE EXISTS (SELECT 1 FROM entry WHERE run = ?"
            + " AND number = ? AND step = 2 AND state = 'UNKNOWN' AND reason = '" + GIVEN_UP + "')"
            + " ON CONFLICT DO NOTHING";

    private static final int LEARNT_STEP = 3;

    private static final String RECONCILED_AS_BILLED =
            "reconciled: estimated from what the API's report has and the ledger has not";
    private static final String RECONCILED_AS_FREE = "reconciled: the API's report has nothing that the ledger has not";

    /** What a reconciliation found out about an attempt that may have been billed. */
    private static final String INSERT_RECONCILED =
            "INSERT INTO entry (run, number, step, state, at_ms, begun_hour, subject,"
                    + " attempt, prompt, session, request_id, cost_micro_usd, reason)"
                    + " SELECT run, number, 3, ?, ?, begun_hour, subject, attempt, prompt, session, request_id, ?, ? FROM entry"
                    + " WHERE run = ? AND number = ? AND step = 2 AND state = 'UNKNOWN' ON CONFLICT DO NOTHING";

    /** A row of the last step for every attempt of a run that has none. */
    private static final String CLOSE_OPEN = """
            INSERT INTO entry (run, number, step, state, at_ms, begun_hour, subject, attempt, prompt, session,
                cost_micro_usd, reason)
            SELECT run, number, 2, 'UNKNOWN', ?, begun_hour, subject, attempt, prompt, session, cost_micro_usd, '%s'
            FROM entry AS intent
            WHERE step = 0 AND run = ? AND number >= ?
            AND NOT EXISTS (SELECT 1 FROM entry WHERE run = intent.run AND number = intent.number AND step = 2)
            ON CONFLICT DO NOTHING
            """.formatted(GIVEN_UP);

    /** @param below attempts below it were all over when the store was opened, by their own process's word or another's */
    private record Run(long id, long below) {}

    private final LedgerDatabase database;
    private final LedgerDatabase.Writing writing;
    private final Connection connection;
    private final PreparedStatement entries;
    private final PreparedStatement learnt;
    private final Map<String, Run> runs = new HashMap<>();
    private final Map<Subject, Long> subjects = new HashMap<>();
    private boolean exports;

    /**
     * Opens the books, and makes them if there are none.
     *
     * @throws SQLException if they cannot be opened
     */
    public LedgerStore(LedgerDatabase database) throws SQLException {
        this.database = database;
        writing = database.write();
        connection = writing.connection();
        try {
            entries = connection.prepareStatement(INSERT_ENTRY);
            learnt = connection.prepareStatement(INSERT_LEARNT);
        } catch (SQLException | RuntimeException failure) {
            writing.close();
            throw failure;
        }
    }

    /** A part of the work on the books, in a transaction of its own. */
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

    /** Says that this process is there, and puts an end to the attempts that others left open. How many there were. */
    public int begin(String run, long nowMillis) throws SQLException {
        return committed(() -> {
            long own = run(run, nowMillis).id();
            database.alive(connection, own);
            int closed = 0;
            for (long gone : runsOfTheGone(own)) {
                closed += close(gone, nowMillis);
            }
            return closed;
        });
    }

    private List<Long> runsOfTheGone(long own) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(database.runsOfTheGone() + " AND token NOT LIKE '"
                + Row.BATCH_RUNS + "%' AND id IN (" + LedgerReader.RUNS_WITH_OPEN + ")")) {
            select.setLong(1, own);
            List<Long> gone = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    gone.add(row.getLong(1));
                }
            }
            return gone;
        }
    }

    private int close(long run, long nowMillis) throws SQLException {
        long below = number("SELECT coalesce(max(below), 0) FROM mark WHERE run = ?", run);
        long end = number("SELECT coalesce(max(number), 0) + 1 FROM entry WHERE run = ?", run);
        try (PreparedStatement close = connection.prepareStatement(CLOSE_OPEN)) {
            close.setLong(1, nowMillis);
            close.setLong(2, run);
            close.setLong(3, below);
            int closed = close.executeUpdate();
            mark(run, end, nowMillis);
            return closed;
        }
    }

    /** Appends rows in one transaction; those that are there already are left as they are. */
    public void append(Collection<Row> rows) throws SQLException {
        for (Row row : rows) {
            introduce(row);
        }
        committed(() -> {
            boolean late = false;
            for (Row row : rows) {
                Run run = run(row.run(), row.atMillis());
                fill(entries, row, run.id(), row.state().step());
                entries.addBatch();
                if (row.state().isFinal() && row.number() < run.below()) {
                    late = true;
                    addLearnt(row, run.id());
                }
            }
            entries.executeBatch();
            if (late) {
                learnt.executeBatch();
            }
            return null;
        });
    }

    /** New names have a transaction each: two writers that bring the same ones in another order would wait for each other. */
    private void introduce(Row row) throws SQLException {
        if (!runs.containsKey(row.run())) {
            committed(() -> run(row.run(), row.atMillis()));
        }
        if (!subjects.containsKey(row.subject())) {
            committed(() -> subject(row.subject()));
        }
    }

    /** Whether a row is there already. */
    public boolean has(Row row) throws SQLException {
        return committed(() -> LedgerReader.has(connection, row));
    }

    /** What a tenant has spent since the beginning of an hour, in micro-dollars, as far as it is known. */
    public Spending spent(String tenant, Instant start) throws SQLException {
        return committed(() -> LedgerReader.spent(connection, tenant, start));
    }

    /** Adds what became of attempts that may have been billed. */
    public void learn(List<UnknownCall.Outcome> outcomes, long nowMillis) throws SQLException {
        committed(() -> {
            try (PreparedStatement insert = connection.prepareStatement(INSERT_RECONCILED)) {
                for (UnknownCall.Outcome outcome : outcomes) {
                    boolean billed = outcome.costMicroUsd() > 0;
                    insert.setString(1, (billed ? State.ABORTED : State.REJECTED).name());
                    insert.setLong(2, nowMillis);
                    if (billed) {
                        insert.setLong(3, outcome.costMicroUsd());
                    } else {
                        insert.setNull(3, Types.BIGINT);
                    }
                    insert.setString(4, billed ? RECONCILED_AS_BILLED : RECONCILED_AS_FREE);
                    insert.setLong(5, outcome.call().run());
                    insert.setLong(6, outcome.call().number());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
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
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        wanted ? "INSERT INTO export VALUES (1) ON CONFLICT DO NOTHING" : "DELETE FROM export");
            }
            exports = exports || (wanted && database.exports(connection));
            return exports;
        });
    }

    /** What was exported needs not be exported again. */
    public void exported(List<Long> ids) throws SQLException {
        committed(() -> {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM outbox WHERE id = ?")) {
                for (long id : ids) {
                    delete.setLong(1, id);
                    delete.addBatch();
                }
                delete.executeBatch();
            }
            return null;
        });
    }

    private void addLearnt(Row row, long run) throws SQLException {
        int next = fill(learnt, row, run, LEARNT_STEP);
        learnt.setLong(next + 1, run);
        learnt.setLong(next + 2, row.number());
        learnt.addBatch();
    }

    /** All attempts of a run below a number are over. */
    public void mark(String run, long below, long nowMillis) throws SQLException {
        committed(() -> {
            mark(run(run, nowMillis).id(), below, nowMillis);
            return null;
        });
    }

    private void mark(long run, long below, long nowMillis) throws SQLException {
        try (PreparedStatement mark =
                connection.prepareStatement("INSERT INTO mark VALUES (?,?,?) ON CONFLICT DO NOTHING")) {
            mark.setLong(1, run);
            mark.setLong(2, below);
            mark.setLong(3, nowMillis);
            mark.executeUpdate();
        }
    }

    private void forgetTransaction() {
        runs.clear();
        subjects.clear();
        try {
            entries.clearBatch();
            learnt.clearBatch();
            connection.rollback();
        } catch (SQLException alreadyGone) {
            // what was not committed is not there, as was wanted
        }
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
        try (PreparedStatement select = connection.prepareStatement("SELECT min(begun_hour) FROM entry WHERE step = 2"
                + " AND begun_hour >= (" + HourSums.ADDED_UP_BELOW + ") AND begun_hour < ?")) {
            select.setLong(1, hour);
            try (ResultSet row = select.executeQuery()) {
                long next = row.next() ? row.getLong(1) : 0;
                return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(next);
            }
        }
    }

    private void addUpOnce(long hour, long nowMillis) throws SQLException {
        try (PreparedStatement sums = connection.prepareStatement(
                        "INSERT INTO hour_sum (" + HourSums.COLUMNS + ") " + HourSums.OF_ENTRIES);
                PreparedStatement fold = connection.prepareStatement("INSERT INTO fold VALUES (?,?)")) {
            Sql.set(sums, hour, hour + 1, hour, hour + 1, hour, hour + 1);
            sums.executeUpdate();
            fold.setLong(1, hour + 1);
            fold.setLong(2, nowMillis);
            fold.executeUpdate();
        }
    }

    /**
     * Removes some attempts that are added up, and were exported if they have to be. Their sums stay.
     *
     * @param before attempts that began in an earlier hour
     * @return how many there were
     */
    public int remove(long before, int most) throws SQLException {
        return committed(() -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT run, number FROM entry"
                            + " WHERE step = 2 AND begun_hour < ? AND begun_hour < (" + HourSums.ADDED_UP_BELOW + ")"
                            + " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = entry.run"
                            + " AND outbox.number = entry.number) ORDER BY begun_hour LIMIT ?");
                    PreparedStatement entry =
                            connection.prepareStatement("DELETE FROM entry WHERE run = ? AND number = ?")) {
                select.setLong(1, before);
                select.setInt(2, most);
                int removed = 0;
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        removed++;
                        entry.setLong(1, row.getLong(1));
                        entry.setLong(2, row.getLong(2));
                        entry.addBatch();
                    }
                }
                entry.executeBatch();
                return removed;
            }
        });
    }

    /** Fills in all columns of an entry, and tells how many there are. */
    private int fill(PreparedStatement entry, Row row, long run, int step) throws SQLException {
        int column = 0;
        Tokens tokens = row.tokens();
        entry.setLong(++column, run);
        entry.setLong(++column, row.number());
        entry.setInt(++column, step);
        entry.setString(++column, row.state().name());
        entry.setLong(++column, row.atMillis());
        entry.setLong(++column, Hour.of(row.begunMillis()));
        entry.setLong(++column, subject(row.subject()));
        entry.setInt(++column, row.attempt());
        entry.setString(++column, storable(row.prompt()));
        set(entry, ++column, row.session().orElse(""));
        set(entry, ++column, row.requestId());
        set(entry, ++column, tokens.input());
        set(entry, ++column, tokens.output());
        set(entry, ++column, tokens.cacheRead());
        set(entry, ++column, tokens.cacheWrite5m());
        set(entry, ++column, tokens.cacheWrite1h());
        set(entry, ++column, tokens.webSearches());
        set(entry, ++column, row.costMicroUsd());
        set(entry, ++column, row.price());
        set(entry, ++column, row.reason());
        set(entry, ++column, row.clientIds().requestId());
        set(entry, ++column, row.clientIds().traceParent());
        return column;
    }

    private static void set(PreparedStatement entry, int column, OptionalLong count) throws SQLException {
        if (count.isPresent()) {
            entry.setLong(column, count.getAsLong());
        } else {
            entry.setNull(column, Types.BIGINT);
        }
    }

    private static void set(PreparedStatement entry, int column, String text) throws SQLException {
        if (text.isEmpty()) {
            entry.setNull(column, Types.VARCHAR);
        } else {
            entry.setString(column, storable(text));
        }
    }

    /** PostgreSQL takes no NUL, and one in a session's name must not stop the books. */
    static String storable(String text) {
        return text.indexOf('\0') < 0 ? text : text.replace('\0', '\ufffd');
    }

    private Run run(String token, long nowMillis) throws SQLException {
        Run known = runs.get(token);
        if (known == null) {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO run (token, begun_ms) VALUES (?,?) ON CONFLICT DO NOTHING")) {
                insert.setString(1, token);
                insert.setLong(2, nowMillis);
                insert.executeUpdate();
            }
            long id = id("SELECT id FROM run WHERE token = ?", token).orElseThrow();
            known = new Run(id, number("SELECT coalesce(max(below), 0) FROM mark WHERE run = ?", id));
            runs.put(token, known);
        }
        return known;
    }

    private long number(String query, long argument) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            select.setLong(1, argument);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private long subject(Subject subject) throws SQLException {
        Long known = subjects.get(subject);
        if (known == null) {
            String[] names = {
                storable(subject.tenant()),
                storable(subject.source()),
                storable(subject.model()),
                storable(subject.endpoint())
            };
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO subject (tenant, source, model, endpoint) VALUES (?,?,?,?) ON CONFLICT DO NOTHING")) {
                for (int i = 0; i < names.length; i++) {
                    insert.setString(i + 1, names[i]);
                }
                insert.executeUpdate();
            }
            known = id("SELECT id FROM subject WHERE tenant = ? AND source = ? AND model = ? AND endpoint = ?", names)
                    .orElseThrow();
            if (subjects.size() >= MOST_SUBJECTS_KEPT) {
                subjects.clear();
            }
            subjects.put(subject, known);
        }
        return known;
    }

    private Optional<Long> id(String query, String... values) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                select.setString(i + 1, values[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
        }
    }

    @Override
    public void close() {
        writing.close();
    }
}
