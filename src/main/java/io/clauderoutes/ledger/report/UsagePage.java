package io.clauderoutes.ledger.report;

import io.clauderoutes.server.HttpServerExtension;
import io.vertx.ext.web.RoutingContext;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
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
     * @param reconciliation whose last outcome is told, where there is one
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
