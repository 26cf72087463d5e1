package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.row.AttemptPosition;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.HourSum;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.row.UnsettledAttempt;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Reads the ledger beside the thread that writes it. Each method reads one consistent state, on a connection of its own. */
public final class LedgerQueries implements SpendingSource {

    private static final int MOST_LISTED = 1_000;

    /** Runs that may have attempts without an end: none of them all is over by its last mark. */
    static final String RUNS_WITH_OPEN = "SELECT process.id FROM run AS process"
            + " WHERE (SELECT max(number) FROM entry WHERE entry.run = process.id)"
            + " >= coalesce((SELECT max(below) FROM mark WHERE mark.run = process.id), 0)";

    static final String HAS =
            "SELECT 1 FROM entry WHERE run = (SELECT id FROM run WHERE token = ?) AND number = ? AND step = ?";

    private static final String SUMS = """
            SELECT hour, tenant, source, model, endpoint, state, attempts, calls, input_tokens, output_tokens,
                cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost
            FROM (
                SELECT hour - hour %% %d AS hour, subject, state, sum(attempts) AS attempts, sum(calls) AS calls,
                    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
                    sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_5m_tokens) AS cache_write_5m_tokens,
                    sum(cache_write_1h_tokens) AS cache_write_1h_tokens, sum(web_searches) AS web_searches,
                    sum(cost_micro_usd) AS cost_micro_usd, sum(with_cost) AS with_cost
                FROM (
                    SELECT %s FROM hour_sum WHERE hour >= ? AND hour < ?
                    UNION ALL
                    %s
                ) AS rows_of_both
                GROUP BY 1, 2, 3
            ) AS sums JOIN subject ON subject.id = sums.subject
            ORDER BY hour
            """;

    private static final String SPENT_OF_ENTRIES = "(SELECT coalesce(sum(cost_micro_usd), 0) FROM entry"
            + " JOIN subject ON subject.id = entry.subject WHERE step = %d AND begun_hour >= ? AND tenant = ?)";

    private static final String SPENT = "SELECT (SELECT coalesce(sum(cost_micro_usd), 0) FROM hour_sum"
            + " JOIN subject ON subject.id = hour_sum.subject WHERE hour >= ? AND tenant = ?) + "
            + SPENT_OF_ENTRIES.formatted(2) + " + " + SPENT_OF_ENTRIES.formatted(3) + " - "
            + "(SELECT coalesce(sum(given.cost_micro_usd), 0) FROM entry AS learnt JOIN entry AS given ON given.run = learnt.run"
            + " AND given.number = learnt.number AND given.step = 2 JOIN subject ON subject.id = learnt.subject"
            + " WHERE learnt.step = 3 AND learnt.begun_hour >= ? AND tenant = ?)";

    /** Reservations of unknown attempts that turned out not to be spent. */
    private static final String RELEASED = """
            SELECT coalesce(sum(CASE WHEN given.cost_micro_usd > coalesce(learnt.cost_micro_usd, 0)
                THEN given.cost_micro_usd - coalesce(learnt.cost_micro_usd, 0) ELSE 0 END), 0)
            FROM entry AS learnt
            JOIN entry AS given ON given.run = learnt.run AND given.number = learnt.number AND given.step = 2
            JOIN subject ON subject.id = learnt.subject
            WHERE learnt.step = 3 AND learnt.begun_hour >= ? AND tenant = ?
            """;

    private static final String UNKNOWN_CALLS = """
            SELECT entry.run, entry.number, begun_hour, model, cost_micro_usd, token
            FROM entry JOIN subject ON subject.id = entry.subject JOIN run ON run.id = entry.run
            WHERE state = 'UNKNOWN' AND step = 2 AND begun_hour >= ? AND begun_hour < ? AND endpoint = ?
            AND NOT EXISTS (SELECT 1 FROM entry AS learnt
                WHERE learnt.run = entry.run AND learnt.number = entry.number AND learnt.step = 3)
            ORDER BY begun_hour LIMIT 100000
            """;

    private static final String LISTED =
            "SELECT at_ms, attempt, round, prompt, session, request_id, tenant, source, model, endpoint, reason FROM entry"
                    + " JOIN subject ON subject.id = entry.subject WHERE ";

    private static final String UNKNOWN = LISTED
            + "state = 'UNKNOWN' AND begun_hour >= ? AND begun_hour < ? AND NOT EXISTS (SELECT 1 FROM entry AS learnt"
            + " WHERE learnt.run = entry.run AND learnt.number = entry.number AND learnt.step = 3)"
            + " ORDER BY begun_hour LIMIT " + MOST_LISTED;

    private static final String OPEN = LISTED
            + "step = 0 AND run = ? AND number >= coalesce((SELECT max(below) FROM mark WHERE mark.run = ?), 0)"
            + " AND NOT EXISTS (SELECT 1 FROM entry AS last WHERE last.run = entry.run"
            + " AND last.number = entry.number AND last.step = 2) LIMIT " + MOST_LISTED;

    private static final String OUTBOX =
            "SELECT outbox.id AS outbox_id, run.token AS run, entry.number, entry.step, entry.state,"
                    + " entry.at_ms, entry.attempt, entry.round, entry.prompt, entry.session, entry.request_id, subject.tenant, subject.source,"
                    + " subject.model, subject.endpoint, entry.input_tokens, entry.output_tokens, entry.cache_read_tokens,"
                    + " entry.cache_write_5m_tokens, entry.cache_write_1h_tokens, entry.web_searches,"
                    + " CASE WHEN entry.state = 'UNKNOWN' THEN NULL ELSE entry.cost_micro_usd END AS cost_micro_usd,"
                    + " entry.price_from, entry.reason, entry.strategy, named.client_request_id, named.traceparent FROM outbox"
                    + " JOIN entry ON entry.run = outbox.run AND entry.number = outbox.number AND entry.step = outbox.step"
                    + " JOIN subject ON subject.id = entry.subject JOIN run ON run.id = entry.run"
                    + " LEFT JOIN entry AS named ON named.run = entry.run AND named.number = entry.number"
                    + " AND (named.client_request_id IS NOT NULL OR named.traceparent IS NOT NULL) ORDER BY outbox.id LIMIT ?";

    private final LedgerDatabase database;

    /** Reads a ledger, which may be written meanwhile. */
    public LedgerQueries(LedgerDatabase database) {
        this.database = database;
    }

    /** Attempts without an end, or with an unknown end. */
    public record Unsettled(List<UnsettledAttempt> open, List<UnsettledAttempt> unknown) {

        /** No attempts. */
        public static final Unsettled NONE = new Unsettled(List.of(), List.of());
    }

    @Override
    public Spending since(String tenant, Instant start) throws SQLException {
        if (!database.exists()) {
            return new Spending(0, 0);
        }
        try (Connection connection = database.read()) {
            return spent(connection, tenant, start);
        }
    }

    static Spending spent(Connection connection, String tenant, Instant start) throws SQLException {
        long hour = Hour.of(start);
        long notAddedUp = Math.max(hour, addedUpBelow(connection));
        long spent =
                Sql.number(connection, SPENT, hour, tenant, notAddedUp, tenant, notAddedUp, tenant, notAddedUp, tenant);
        return new Spending(spent, Sql.number(connection, RELEASED, hour, tenant));
    }

    private static long addedUpBelow(Connection connection) throws SQLException {
        return Sql.number(connection, HourSums.ADDED_UP_BELOW);
    }

    /** How many of some rows the ledger does not have. */
    public long missing(List<Row> rows) throws SQLException {
        try (Connection connection = database.read()) {
            long missing = 0;
            for (Row row : rows) {
                missing += has(connection, row) ? 0 : 1;
            }
            return missing;
        }
    }

    static boolean has(Connection connection, Row row) throws SQLException {
        return Sql.one(
                        connection,
                        HAS,
                        row.id().run(),
                        row.id().number(),
                        row.state().step())
                != null;
    }

    /**
     * Reads sums and the attempts that are in none.
     *
     * @param endHour the hour after the last
     * @param hours how many hours are added up to one sum
     * @param sums gets the sums in the order of their hours
     */
    public Unsettled usage(long firstHour, long endHour, int hours, Consumer<HourSum> sums) throws SQLException {
        if (!database.exists()) {
            return Unsettled.NONE;
        }
        try (Connection connection = database.read()) {
            sums(connection, firstHour, endHour, hours, sums);
            List<UnsettledAttempt> open = new ArrayList<>();
            for (long run : Sql.all(connection, RUNS_WITH_OPEN, row -> row.getLong(1))) {
                open.addAll(Sql.all(connection, OPEN, LedgerQueries::unsettled, run, run));
            }
            return new Unsettled(open, Sql.all(connection, UNKNOWN, LedgerQueries::unsettled, firstHour, endHour));
        }
    }

    private static UnsettledAttempt unsettled(ResultSet row) throws SQLException {
        return new UnsettledAttempt(
                subject(row),
                row.getLong("at_ms"),
                new AttemptPosition(
                        row.getString("prompt"),
                        Optional.ofNullable(row.getString("session")),
                        row.getInt("attempt"),
                        row.getInt("round")),
                Optional.ofNullable(row.getString("request_id")),
                Optional.ofNullable(row.getString("reason")));
    }

    private static Subject subject(ResultSet row) throws SQLException {
        return new Subject(
                row.getString("tenant"), row.getString("source"), row.getString("model"), row.getString("endpoint"));
    }

    /** Reads the sums of each hour. */
    public void hours(long firstHour, long endHour, Consumer<HourSum> sums) throws SQLException {
        try (Connection connection = database.read()) {
            sums(connection, firstHour, endHour, 1, sums);
        }
    }

    private static void sums(Connection connection, long from, long to, int hours, Consumer<HourSum> sums)
            throws SQLException {
        String sql = SUMS.formatted(hours, HourSums.COLUMNS, HourSums.OF_ENTRIES);
        long notAddedUp = Math.max(from, addedUpBelow(connection));
        Sql.each(
                connection,
                sql,
                row -> sums.accept(sum(row)),
                from,
                to,
                notAddedUp,
                to,
                notAddedUp,
                to,
                notAddedUp,
                to);
    }

    private static HourSum sum(ResultSet row) throws SQLException {
        return new HourSum(
                row.getLong("hour"),
                subject(row),
                State.valueOf(row.getString("state")),
                row.getLong("attempts"),
                row.getLong("calls"),
                new HourUsage(
                        row.getLong("input_tokens"),
                        row.getLong("output_tokens"),
                        row.getLong("cache_read_tokens"),
                        row.getLong("cache_write_5m_tokens"),
                        row.getLong("cache_write_1h_tokens")),
                new HourSum.SumOfCosts(row.getLong("cost_micro_usd"), row.getLong("with_cost")));
    }

    /** Attempts at an endpoint that may have been billed, from an hour to before another. */
    public List<UnknownCall> unknown(String endpoint, long firstHour, long endHour) throws SQLException {
        try (Connection connection = database.read()) {
            return Sql.all(connection, UNKNOWN_CALLS, LedgerQueries::unknown, firstHour, endHour, endpoint);
        }
    }

    private static UnknownCall unknown(ResultSet row) throws SQLException {
        long reserved = row.getLong("cost_micro_usd");
        OptionalLong held = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(reserved);
        return new UnknownCall(
                row.getLong("run"),
                row.getLong("number"),
                row.getLong("begun_hour"),
                row.getString("model"),
                held,
                row.getString("token").startsWith(Row.BATCH_RUNS));
    }

    /** Attempts that have ended and are not exported yet, oldest first. */
    public List<OutboxItem> outbox(int most) throws SQLException {
        try (Connection connection = database.read()) {
            return Sql.all(connection, OUTBOX, LedgerQueries::item, most);
        }
    }

    private static OutboxItem item(ResultSet row) throws SQLException {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("id", row.getString("run") + "-" + row.getLong("number") + "-" + row.getInt("step"));
        for (int column = 2; column <= row.getMetaData().getColumnCount(); column++) {
            columns.put(row.getMetaData().getColumnLabel(column), row.getObject(column));
        }
        return new OutboxItem(row.getLong("outbox_id"), columns);
    }
}
