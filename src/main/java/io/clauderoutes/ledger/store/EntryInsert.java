package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.Tokens;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.OptionalLong;

/** Inserts rows into the table {@code entry}, many at once. A row that is there already is left as it is. */
final class EntryInsert {

    private static final String INSERT =
            "INSERT INTO entry (run, number, step, state, at_ms, begun_hour, subject, attempt, round,"
                    + " prompt, session, request_id, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,"
                    + " cache_write_1h_tokens, web_searches, cost_micro_usd, price_from, reason, client_request_id, traceparent,"
                    + " strategy) ";

    private static final String PARAMETERS = "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?";
    private static final String UNLESS_THERE = " ON CONFLICT DO NOTHING";

    /** The result of an attempt that was recorded as unknown before: one more row, because rows never change. */
    private static final String LEARNT =
            INSERT + "SELECT " + PARAMETERS + " WHERE EXISTS (SELECT 1 FROM entry WHERE run = ?"
                    + " AND number = ? AND step = 2 AND state = 'UNKNOWN' AND reason = '" + LedgerStore.GIVEN_UP + "')"
                    + UNLESS_THERE;

    private static final int LEARNT_STEP = 3;

    private final PreparedStatement rows;
    private final PreparedStatement learnt;

    EntryInsert(Connection connection) throws SQLException {
        rows = connection.prepareStatement(INSERT + "VALUES (" + PARAMETERS + ")" + UNLESS_THERE);
        learnt = connection.prepareStatement(LEARNT);
    }

    /** Adds a row to the next insert. */
    void add(Row row, long run, long subject) throws SQLException {
        fill(rows, row, run, row.state().step(), subject);
        rows.addBatch();
    }

    /** Adds a row that replaces the last row of an attempt that was recorded as unknown. */
    void addLearnt(Row row, long run, long subject) throws SQLException {
        int next = fill(learnt, row, run, LEARNT_STEP, subject);
        learnt.setLong(next + 1, run);
        learnt.setLong(next + 2, row.id().number());
        learnt.addBatch();
    }

    /** Inserts what was added. */
    void run() throws SQLException {
        rows.executeBatch();
        learnt.executeBatch();
    }

    /** Forgets what was added. */
    void clear() throws SQLException {
        rows.clearBatch();
        learnt.clearBatch();
    }

    /** Fills in all columns, and tells how many there are. */
    private static int fill(PreparedStatement entry, Row row, long run, int step, long subject) throws SQLException {
        int column = 0;
        Tokens tokens = row.result().tokens();
        entry.setLong(++column, run);
        entry.setLong(++column, row.id().number());
        entry.setInt(++column, step);
        entry.setString(++column, row.state().name());
        entry.setLong(++column, row.times().atMillis());
        entry.setLong(++column, Hour.of(row.times().begunMillis()));
        entry.setLong(++column, subject);
        entry.setInt(++column, row.position().attempt());
        entry.setInt(++column, row.position().round());
        entry.setString(++column, storable(row.position().prompt()));
        set(entry, ++column, row.position().session().orElse(""));
        set(entry, ++column, row.result().requestId());
        set(entry, ++column, tokens.input());
        set(entry, ++column, tokens.output());
        set(entry, ++column, tokens.cacheRead());
        set(entry, ++column, tokens.cacheWrite5m());
        set(entry, ++column, tokens.cacheWrite1h());
        set(entry, ++column, tokens.webSearches());
        set(entry, ++column, row.result().costMicroUsd());
        set(entry, ++column, row.result().price());
        set(entry, ++column, row.result().reason());
        set(entry, ++column, row.clientIds().requestId());
        set(entry, ++column, row.clientIds().traceParent());
        set(entry, ++column, row.result().strategy());
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

    /** PostgreSQL takes no NUL, and one in a session's name must not stop the ledger. */
    static String storable(String text) {
        return text.indexOf('\0') < 0 ? text : text.replace('\0', '\ufffd');
    }
}
