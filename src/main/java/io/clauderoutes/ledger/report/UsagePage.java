package io.clauderoutes.ledger.report;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.server.HttpServerExtension;
import io.vertx.ext.web.RoutingContext;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** {@code GET /v1/usage} on the management server: what was spent. */
public final class UsagePage implements HttpServerExtension {

    private static final String PATH = "/v1/usage";

    private final UsageReport report;
    private final Runnable upToDate;
    private final Optional<Reconciliation> reconciliation;
    private final Clock clock;

    /**
     * Tells what a report says.
     *
     * @param upToDate waits until the report has what came before now
     * @param reconciliation whose last outcome is shown, if there is one
     */
    public UsagePage(UsageReport report, Runnable upToDate, Optional<Reconciliation> reconciliation, Clock clock) {
        this.report = report;
        this.upToDate = upToDate;
        this.reconciliation = reconciliation;
        this.clock = clock;
    }

    /** Serves the page where there is a management server. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream().filter(VertxPlatformHttpRouter::isManagementServer).forEach(router -> {
            router.get(PATH).blockingHandler(this::answer, false);
            router.post(PATH + "/reconciliation").blockingHandler(this::reconcile, false);
        });
    }

    private void reconcile(RoutingContext request) {
        Map<String, Object> outcome = reconcile();
        if (outcome.isEmpty()) {
            end(
                    request,
                    404,
                    "application/json",
                    UsageText.error("there is no reconciliation: set claude.ledger.reconciliation.credential"));
        } else {
            end(request, outcome.containsKey("failure") ? 502 : 200, "application/json", UsageText.of(outcome));
        }
    }

    /** Compares now; empty where there is no reconciliation. */
    public Map<String, Object> reconcile() {
        upToDate.run();
        reconciliation.ifPresent(Reconciliation::run);
        return reconciliation();
    }

    /** What came of the last reconciliation; empty if there was none. */
    public Map<String, Object> reconciliation() {
        return reconciliation.map(Reconciliation::last).orElse(Map.of());
    }

    /**
     * What was spent in some days, by each dimension.
     *
     * @param parameters as in a request for the page
     * @throws IllegalArgumentException if a parameter makes no sense
     */
    public Map<String, Object> overview(Map<String, String> parameters) throws SQLException {
        UsageQuery query = query(parameters);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("from", query.from().toString());
        fields.put("to", query.to().toString());
        try {
            upToDate.run();
        } catch (ClaudeException notStored) {
            fields.put(
                    "problem",
                    "the last calls are missing: " + notStored.error().message());
        }
        UsageReport.Overview overview = report.overview(query);
        fields.put("totals", overview.totals().told());
        Map<String, Object> by = new LinkedHashMap<>();
        overview.by().forEach((dimension, sums) -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            sums.forEach((value, sum) -> {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("name", value);
                row.putAll(sum.told());
                rows.add(row);
            });
            by.put(dimension, rows);
        });
        fields.put("by", by);
        fields.put("open_attempts", overview.open().size());
        fields.put("unknown_attempts", overview.unknown());
        fields.put("reconciliation", reconciliation());
        return fields;
    }

    /**
     * The same as CSV, one line for each combination of dimensions.
     *
     * @param parameters as in a request for the page
     * @throws IllegalArgumentException if a parameter makes no sense
     */
    public String csv(Map<String, String> parameters) throws SQLException {
        Map<String, String> asked = new HashMap<>(parameters);
        asked.put("format", "csv");
        asked.putIfAbsent("by", "day,tenant,model,source,endpoint");
        return UsageText.of(report.answer(query(asked)), Map.of());
    }

    private UsageQuery query(Map<String, String> parameters) {
        try {
            return UsageQuery.of(parameters, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        } catch (UsageQuery.BadQuery mistake) {
            throw new IllegalArgumentException(mistake.getMessage(), mistake);
        }
    }

    private void answer(RoutingContext request) {
        Map<String, String> parameters = new HashMap<>();
        request.queryParams().forEach(one -> parameters.put(one.getKey(), one.getValue()));
        try {
            UsageQuery query = UsageQuery.of(parameters, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
            upToDate.run();
            String text = UsageText.of(report.answer(query), reconciliation());
            end(
                    request,
                    200,
                    query.format() == UsageQuery.Format.CSV ? "text/csv; charset=utf-8" : "application/json",
                    text);
        } catch (UsageQuery.BadQuery mistake) {
            end(request, 400, "application/json", UsageText.error(mistake.getMessage()));
        } catch (SQLException unreadable) {
            end(
                    request,
                    503,
                    "application/json",
                    UsageText.error("the ledger cannot be read: " + unreadable.getMessage()));
        }
    }

    private static void end(RoutingContext request, int status, String type, String text) {
        request.response().setStatusCode(status).putHeader("content-type", type).end(text);
    }
}
