package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.row.BookedUsage;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.ReconciliationSettings;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the ledger with the API's own report, hour by hour and model by model. It tells what differs, and finds out what calls cost
 * that may have been billed.
 */
public final class Reconciliation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
    private static final int MOST_LINES = 20;
    /** Older calls stay unknown: the API's report is not asked for more. */
    private static final Duration LONGEST_DOUBT = Duration.ofDays(31);

    private final UsageReport books;
    private final ProviderUsage provider;
    private final ReconciliationSettings settings;
    private final Supplier<PriceTable> prices;
    private final Consumer<List<UnknownCall.Outcome>> outcomes;
    private final ClaudeMeters meters;
    private final Clock clock;
    private volatile Map<String, Object> last = Map.of();

    /** @param outcomes receives what became of calls that may have been billed */
    public Reconciliation(
            UsageReport books,
            ProviderUsage provider,
            ReconciliationSettings settings,
            Supplier<PriceTable> prices,
            Consumer<List<UnknownCall.Outcome>> outcomes,
            ClaudeMeters meters,
            Clock clock) {
        this.books = books;
        this.provider = provider;
        this.settings = settings;
        this.prices = prices;
        this.outcomes = outcomes;
        this.meters = meters;
        this.clock = clock;
    }

    /** Compares the hours that are over and that the API can be expected to have added up. */
    public synchronized void run() {
        Instant to = clock.instant().minus(settings.schedule().delay()).truncatedTo(ChronoUnit.HOURS);
        Instant from = to.minus(settings.schedule().lookBack()).truncatedTo(ChronoUnit.HOURS);
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("at", clock.instant().toString());
        told.put("from", from.toString());
        told.put("to", to.toString());
        told.put("endpoint", settings.endpoint());
        Optional<Integer> differing = Optional.empty();
        try {
            List<UnknownCall> unknown = books.unknown(settings.endpoint(), to.minus(LONGEST_DOUBT), to);
            Instant first =
                    unknown.isEmpty() ? from : earlier(from, unknown.get(0).hour());
            Map<HourUsage.Key, BookedUsage> booked = books.booked(settings.endpoint(), first, to);
            Map<HourUsage.Key, HourUsage> reported = provider.between(first, to);
            List<Map<String, Object>> differences = compare(since(from, booked), since(from, reported));
            told.put("differences", differences);
            settle(unknown, booked, reported, to, told);
            differing = Optional.of(differences.size());
        } catch (IOException | SQLException | RuntimeException failure) {
            LOG.warn("the ledger could not be reconciled with the API's report: {}", failure.toString());
            told.put("failure", failure.toString());
        }
        last = told;
        meters.ledger().reconciled(differing);
    }

    private static Instant earlier(Instant from, long hour) {
        Instant other = Hour.start(hour);
        return other.isBefore(from) ? other : from;
    }

    private static <T> Map<HourUsage.Key, T> since(Instant from, Map<HourUsage.Key, T> all) {
        long first = Hour.of(from);
        Map<HourUsage.Key, T> since = new TreeMap<>(all);
        since.keySet().removeIf(key -> key.hour() < first);
        return since;
    }

    private void settle(
            List<UnknownCall> unknown,
            Map<HourUsage.Key, BookedUsage> booked,
            Map<HourUsage.Key, HourUsage> reported,
            Instant to,
            Map<String, Object> told) {
        long ours = booked.values().stream().mapToLong(its -> its.used().all()).sum();
        long theirs = reported.values().stream().mapToLong(HourUsage::all).sum();
        if (theirs < ours / 2) {
            LOG.warn(
                    "the API's report has {} tokens, and the ledger {}: reservations of unknown calls stay. Check"
                            + " claude.ledger.reconciliation.api-key-ids and .workspace-ids",
                    theirs,
                    ours);
            return;
        }
        List<UnknownCall.Outcome> found = new UnknownCalls(
                        booked, reported, Hour.of(to), settings.toleranceTokens(), prices.get())
                .outcomes(unknown);
        told.put("unknown_attempts_settled", found.size());
        if (!found.isEmpty()) {
            long reserved = found.stream()
                    .mapToLong(outcome -> outcome.call().reservedMicroUsd().orElse(0))
                    .sum();
            long cost =
                    found.stream().mapToLong(UnknownCall.Outcome::costMicroUsd).sum();
            LOG.info(
                    "{} calls that may have been billed are settled by the API's report: {} of {} reserved micro-dollars are"
                            + " released",
                    found.size(),
                    reserved - cost,
                    reserved);
            outcomes.accept(found);
        }
    }

    private List<Map<String, Object>> compare(
            Map<HourUsage.Key, BookedUsage> booked, Map<HourUsage.Key, HourUsage> reported) {
        TreeSet<HourUsage.Key> keys = new TreeSet<>(booked.keySet());
        keys.addAll(reported.keySet());
        List<Map<String, Object>> differences = new ArrayList<>();
        Map<String, HourUsage> altogether = new TreeMap<>();
        for (HourUsage.Key key : keys) {
            BookedUsage ours = booked.getOrDefault(key, BookedUsage.NOTHING);
            HourUsage theirs = reported.getOrDefault(key, HourUsage.NONE);
            HourUsage difference = theirs.minus(ours.used());
            if (!difference.isWithin(settings.toleranceTokens())) {
                differences.add(told(key, ours, theirs, difference, differences.size()));
                altogether.merge(key.model(), difference, HourUsage::plus);
            }
        }
        altogether.forEach((model, difference) -> LOG.warn(
                "the API's report and the ledger differ for model {} by {} altogether: calls that began before a full hour"
                        + " and ended after it cancel out here",
                model,
                difference.told()));
        return differences;
    }

    private static Map<String, Object> told(
            HourUsage.Key key, BookedUsage ours, HourUsage theirs, HourUsage difference, int before) {
        String hour = Hour.start(key.hour()).toString();
        if (before < MOST_LINES) {
            LOG.warn(
                    "the API's report and the ledger differ in the hour from {} for model {} by {} ({} attempts are"
                            + " estimated, {} unknown)",
                    hour,
                    key.model(),
                    difference.told(),
                    ours.estimated(),
                    ours.unknown());
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("hour", hour);
        told.put("model", key.model());
        told.put("ledger", ours.used().told());
        told.put("report", theirs.told());
        told.put("difference", difference.told());
        told.put("estimated_attempts", ours.estimated());
        told.put("unknown_attempts", ours.unknown());
        return told;
    }

    /** What came of the last comparison; empty before the first. */
    Map<String, Object> last() {
        return last;
    }

    @Override
    public void close() throws IOException {
        provider.close();
    }
}
