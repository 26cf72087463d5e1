package io.clauderoutes.ledger;

import io.clauderoutes.ledger.UsageQuery.Dimension;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Answers questions about the books, beside the thread that writes them. */
public final class UsageReport {

    private static final int MOST_LISTED = 1_000;
    private static final int HOURS_OF_A_DAY = 24;

    /** Runs that may have attempts without an end: none of them all is over by its last mark. */
    static final String RUNS_WITH_OPEN = "SELECT process.id FROM run AS process"
            + " WHERE (SELECT max(number) FROM entry WHERE entry.run = process.id)"
            + " >= coalesce((SELECT max(below) FROM mark WHERE mark.run = process.id), 0)";

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
            "SELECT at_ms, attempt, prompt, session, request_id, tenant, source, model, endpoint, reason FROM entry"
                    + " JOIN subject ON subject.id = entry.subject WHERE ";

    private static final String UNKNOWN = LISTED
            + "state = 'UNKNOWN' AND begun_hour >= ? AND begun_hour < ? AND NOT EXISTS (SELECT 1 FROM entry AS learnt"
            + " WHERE learnt.run = entry.run AND learnt.number = entry.number AND learnt.step = 3)"
            + " ORDER BY begun_hour LIMIT " + MOST_LISTED;

    private static final String OPEN = LISTED
            + "step = 0 AND run = ? AND number >= coalesce((SELECT max(below) FROM mark WHERE mark.run = ?), 0)"
            + " AND NOT EXISTS (SELECT 1 FROM entry AS last WHERE last.run = entry.run"
            + " AND last.number = entry.number AND last.step = 2) LIMIT " + MOST_LISTED;

    private final LedgerDatabase database;

    /** Reads a ledger, which may be written meanwhile. */
    UsageReport(LedgerDatabase database) {
        this.database = database;
    }
    /**
     * An answer.
     *
     * @param groups sums by the values of the dimensions asked for, in their order
     * @param open attempts that are under way, or were when their process ended
     * @param unknown attempts that may have been billed
     */
    record Answer(
            UsageQuery query,
            Map<List<String>, UsageSums> groups,
            UsageSums totals,
            List<Map<String, Object>> open,
            List<Map<String, Object>> unknown) {}

    /** The same on a connection of its own. */
    Budgets.Spent.Sum spentSince(String tenant, Instant start) throws SQLException {
        if (!database.exists()) {
            return new Budgets.Spent.Sum(0, 0);
        }
        try (Connection connection = database.read()) {
            return spent(connection, tenant, start);
        }
    }

    /** What a tenant spent since the beginning of an hour, in micro-dollars, as far as it is known. */
    static Budgets.Spent.Sum spent(Connection connection, String tenant, Instant start) throws SQLException {
        long hour = UsageQuery.hourOf(start.toEpochMilli());
        try (PreparedStatement select = connection.prepareStatement(SPENT)) {
            select.setLong(1, hour);
            select.setString(2, tenant);
            long notAddedUp = Math.max(hour, addedUpBelow(connection));
            for (int entries = 3; entries <= 7; entries += 2) {
                select.setLong(entries, notAddedUp);
                select.setString(entries + 1, tenant);
            }
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Budgets.Spent.Sum(row.getLong(1), released(connection, tenant, hour));
            }
        }
    }

    private static long released(Connection connection, String tenant, long hour) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(RELEASED)) {
            select.setLong(1, hour);
            select.setString(2, tenant);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static long addedUpBelow(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(HourSums.ADDED_UP_BELOW)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /**
     * How many rows are in the journal and not in the store: of a bundle that runs, those of the last moment, and of one that
     * was killed, those that its next start reads in.
     *
     * @throws IOException if the journal cannot be read
     */
    long inJournal() throws SQLException, IOException {
        Optional<Path> besides = database.besides();
        if (besides.isEmpty()) {
            return 0;
        }
        List<Row> rows = Journal.left(besides.get());
        try (Connection connection = database.read();
                PreparedStatement select = connection.prepareStatement(LedgerStore.HAS)) {
            long missing = 0;
            for (Row row : rows) {
                missing += LedgerStore.has(select, row) ? 0 : 1;
            }
            return missing;
        }
    }

    Answer answer(UsageQuery query) throws SQLException {
        Map<List<String>, UsageSums> groups = new TreeMap<>(UsageReport::compare);
        UsageSums totals = new UsageSums();
        if (!database.exists()) {
            return new Answer(query, groups, totals, List.of(), List.of());
        }
        try (Connection connection = database.read()) {
            sums(
                    connection,
                    query.firstHour(),
                    query.endHour(),
                    HOURS_OF_A_DAY,
                    row -> add(row, query, groups, totals));
            List<Map<String, Object>> open = new ArrayList<>();
            for (long run : runsWithOpen(connection)) {
                open.addAll(listed(connection, OPEN, query, run, run));
            }
            return new Answer(
                    query,
                    groups,
                    totals,
                    open,
                    listed(connection, UNKNOWN, query, query.firstHour(), query.endHour()));
        }
    }

    /** What an endpoint was used for, by hour and model, from an hour to before another. */
    Map<HourUsage.Key, Reconciliation.Booked> booked(String endpoint, Instant from, Instant to) throws SQLException {
        Map<HourUsage.Key, Reconciliation.Booked> booked = new TreeMap<>();
        long first = UsageQuery.hourOf(from.toEpochMilli());
        try (Connection connection = database.read()) {
            sums(connection, first, UsageQuery.hourOf(to.toEpochMilli()), 1, row -> {
                if (row.getString("endpoint").equals(endpoint)) {
                    booked.merge(
                            new HourUsage.Key(row.getLong("hour"), row.getString("model")),
                            booked(row),
                            Reconciliation.Booked::plus);
                }
            });
        }
        return booked;
    }

    /** Attempts at an endpoint that may have been billed, from an hour to before another. */
    List<UnknownCall> unknown(String endpoint, Instant from, Instant to) throws SQLException {
        try (Connection connection = database.read();
                PreparedStatement select = connection.prepareStatement(UNKNOWN_CALLS)) {
            select.setLong(1, UsageQuery.hourOf(from.toEpochMilli()));
            select.setLong(2, UsageQuery.hourOf(to.toEpochMilli()));
            select.setString(3, endpoint);
            List<UnknownCall> calls = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    long reserved = row.getLong("cost_micro_usd");
                    OptionalLong held = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(reserved);
                    calls.add(new UnknownCall(
                            row.getLong("run"),
                            row.getLong("number"),
                            row.getLong("begun_hour"),
                            row.getString("model"),
                            held,
                            row.getString("token").startsWith(LedgerStore.BATCHES)));
                }
            }
            return calls;
        }
    }

    private static Reconciliation.Booked booked(ResultSet row) throws SQLException {
        State state = State.valueOf(row.getString("state"));
        long attempts = row.getLong("attempts");
        return new Reconciliation.Booked(
                new HourUsage(
                        row.getLong("input_tokens"),
                        row.getLong("output_tokens"),
                        row.getLong("cache_read_tokens"),
                        row.getLong("cache_write_5m_tokens"),
                        row.getLong("cache_write_1h_tokens")),
                state == State.ABORTED ? attempts : 0,
                state == State.UNKNOWN ? attempts : 0);
    }

    /** A row of a result that is looked at. */
    @FunctionalInterface
    private interface Look {
        void at(ResultSet row) throws SQLException;
    }

    private static void sums(Connection connection, long from, long to, int hours, Look look) throws SQLException {
        String sums = SUMS.formatted(hours, HourSums.COLUMNS, HourSums.OF_ENTRIES);
        long notAddedUp = Math.max(from, addedUpBelow(connection));
        try (PreparedStatement select = connection.prepareStatement(sums)) {
            select.setLong(1, from);
            select.setLong(2, to);
            HourSums.between(select, 2, notAddedUp, to);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    look.at(row);
                }
            }
        }
    }

    private static List<Long> runsWithOpen(Connection connection) throws SQLException {
        List<Long> runs = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(RUNS_WITH_OPEN)) {
            while (row.next()) {
                runs.add(row.getLong(1));
            }
        }
        return runs;
    }

    private static int compare(List<String> left, List<String> right) {
        for (int i = 0; i < left.size(); i++) {
            int order = left.get(i).compareTo(right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static void add(ResultSet row, UsageQuery query, Map<List<String>, UsageSums> groups, UsageSums totals)
            throws SQLException {
        if (!isAskedFor(row, query)) {
            return;
        }
        List<String> key = new ArrayList<>();
        for (Dimension dimension : query.by()) {
            key.add(
                    dimension == Dimension.DAY
                            ? UsageQuery.dayOf(row.getLong("hour"))
                            : row.getString(dimension.word()));
        }
        UsageSums.Part part = new UsageSums.Part(
                State.valueOf(row.getString("state")),
                row.getLong("attempts"),
                row.getLong("calls"),
                row.getLong("input_tokens"),
                row.getLong("output_tokens"),
                row.getLong("cache_read_tokens"),
                row.getLong("cache_write_5m_tokens") + row.getLong("cache_write_1h_tokens"),
                row.getLong("cost_micro_usd"),
                row.getLong("with_cost"));
        groups.computeIfAbsent(key, none -> new UsageSums()).add(part);
        totals.add(part);
    }

    private static boolean isAskedFor(ResultSet row, UsageQuery query) throws SQLException {
        for (Map.Entry<Dimension, String> only : query.only().entrySet()) {
            if (!only.getValue().equals(row.getString(only.getKey().word()))) {
                return false;
            }
        }
        return true;
    }

    private static List<Map<String, Object>> listed(
            Connection connection, String sql, UsageQuery query, long... arguments) throws SQLException {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                select.setLong(i + 1, arguments[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    if (isAskedFor(row, query)) {
                        rows.add(attempt(row));
                    }
                }
            }
        }
        return rows;
    }

    private static Map<String, Object> attempt(ResultSet row) throws SQLException {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("at", Instant.ofEpochMilli(row.getLong("at_ms")).toString());
        for (String name :
                List.of("prompt", "session", "request_id", "tenant", "source", "model", "endpoint", "reason")) {
            told.put(name, row.getString(name));
        }
        told.put("attempt", row.getInt("attempt"));
        return told;
    }

    /** The values that a group is of, by the names of the dimensions. */
    static Map<String, Object> named(UsageQuery query, List<String> key) {
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i < key.size(); i++) {
            named.put(query.by().get(i).word(), key.get(i));
        }
        return named;
    }

    /** The dimensions that were asked for, as they were. */
    static List<String> words(UsageQuery query) {
        return query.by().stream().map(Dimension::word).collect(Collectors.toList());
    }
}
