package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.report.UsageQuery.Dimension;
import io.clauderoutes.ledger.row.BookedUsage;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.HourSum;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.row.UnsettledAttempt;
import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.ledger.store.LedgerQueries;
import io.clauderoutes.ledger.write.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Answers questions about the ledger, beside the thread that writes it. */
public final class UsageReport {

    private static final int HOURS_OF_A_DAY = 24;

    private final LedgerDatabase database;
    private final LedgerQueries reader;

    /** Reads a ledger, which may be written meanwhile. */
    public UsageReport(LedgerDatabase database) {
        this.database = database;
        this.reader = new LedgerQueries(database);
    }

    /**
     * An answer.
     *
     * @param groups sums by the values of the dimensions asked for, in their order
     * @param open attempts that are under way, or were when their process ended
     * @param unknown attempts that may have been billed
     */
    public record Answer(
            UsageQuery query,
            Map<List<String>, UsageSums> groups,
            UsageSums totals,
            List<Map<String, Object>> open,
            List<Map<String, Object>> unknown) {}

    /**
     * How many rows are in the journal and not in the store: of a bundle that runs, those of the last moment, and of one that
     * was killed, those that its next start reads in.
     *
     * @throws IOException if the journal cannot be read
     */
    long inJournal() throws SQLException, IOException {
        Optional<Path> besides = database.besides();
        return besides.isEmpty() ? 0 : reader.missing(Journal.left(besides.get()));
    }

    /** Adds up and lists what a query asks for. */
    public Answer answer(UsageQuery query) throws SQLException {
        Map<List<String>, UsageSums> groups = new TreeMap<>(UsageReport::compare);
        UsageSums totals = new UsageSums();
        LedgerQueries.Unsettled unsettled = reader.usage(
                query.firstHour(), query.endHour(), HOURS_OF_A_DAY, sum -> add(sum, query, groups, totals));
        return new Answer(query, groups, totals, listed(unsettled.open(), query), listed(unsettled.unknown(), query));
    }

    /**
     * The sums of some days by each dimension, one after the other.
     *
     * @param by sums by the word of the dimension and the value of it
     * @param open attempts that are under way, or were when their process ended
     * @param unknown attempts that may have been billed
     */
    record Overview(
            Map<String, Map<String, UsageSums>> by,
            UsageSums totals,
            List<Map<String, Object>> open,
            List<Map<String, Object>> unknown) {}

    /** Adds up what a query counts by each dimension, in one pass. */
    Overview overview(UsageQuery query) throws SQLException {
        Map<String, Map<String, UsageSums>> by = new LinkedHashMap<>();
        for (Dimension dimension : Dimension.values()) {
            by.put(dimension.word(), new TreeMap<>());
        }
        UsageSums totals = new UsageSums();
        LedgerQueries.Unsettled unsettled = reader.usage(query.firstHour(), query.endHour(), HOURS_OF_A_DAY, sum -> {
            if (query.asksFor(sum.subject())) {
                totals.add(sum);
                for (Dimension dimension : Dimension.values()) {
                    by.get(dimension.word())
                            .computeIfAbsent(value(dimension, sum), none -> new UsageSums())
                            .add(sum);
                }
            }
        });
        return new Overview(by, totals, listed(unsettled.open(), query), listed(unsettled.unknown(), query));
    }

    private static String value(Dimension dimension, HourSum sum) {
        return dimension == Dimension.DAY ? UsageQuery.dayOf(sum.hour()) : dimension.of(sum.subject());
    }

    /** What an endpoint was used for, by hour and model, from an hour to before another. */
    Map<HourUsage.Key, BookedUsage> booked(String endpoint, Instant from, Instant to) throws SQLException {
        Map<HourUsage.Key, BookedUsage> booked = new TreeMap<>();
        reader.hours(Hour.of(from), Hour.of(to), sum -> {
            if (sum.subject().endpoint().equals(endpoint)) {
                booked.merge(
                        new HourUsage.Key(sum.hour(), sum.subject().model()), BookedUsage.of(sum), BookedUsage::plus);
            }
        });
        return booked;
    }

    /** Attempts at an endpoint that may have been billed, from an hour to before another. */
    public List<UnknownCall> unknown(String endpoint, Instant from, Instant to) throws SQLException {
        return reader.unknown(endpoint, Hour.of(from), Hour.of(to));
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

    private static void add(HourSum sum, UsageQuery query, Map<List<String>, UsageSums> groups, UsageSums totals) {
        if (query.asksFor(sum.subject())) {
            List<String> key =
                    query.by().stream().map(dimension -> value(dimension, sum)).toList();
            groups.computeIfAbsent(key, none -> new UsageSums()).add(sum);
            totals.add(sum);
        }
    }

    private static List<Map<String, Object>> listed(List<UnsettledAttempt> attempts, UsageQuery query) {
        List<Map<String, Object>> listed = new ArrayList<>();
        for (UnsettledAttempt attempt : attempts) {
            if (query.asksFor(attempt.subject())) {
                listed.add(told(attempt));
            }
        }
        return listed;
    }

    private static Map<String, Object> told(UnsettledAttempt attempt) {
        Subject subject = attempt.subject();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("at", Instant.ofEpochMilli(attempt.atMillis()).toString());
        told.put("prompt", attempt.position().prompt());
        told.put("session", attempt.position().session().orElse(null));
        told.put("request_id", attempt.requestId().orElse(null));
        told.put("tenant", subject.tenant());
        told.put("source", subject.source());
        told.put("model", subject.model());
        told.put("endpoint", subject.endpoint());
        told.put("reason", attempt.reason().orElse(null));
        told.put("attempt", attempt.position().attempt());
        told.put("round", attempt.position().round());
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
