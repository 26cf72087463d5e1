package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ledger.BudgetState;
import io.clauderoutes.ledger.report.UsagePage;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What was spent, by day, tenant, model, source and endpoint: one request has all of it, as JSON or as CSV. */
public final class SpentPage implements ConsolePart {

    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;

    private final Optional<UsagePage> usage;
    private final Supplier<Map<String, BudgetState>> budgets;

    /** @param usage empty if the ledger is off */
    public SpentPage(Optional<UsagePage> usage, Supplier<Map<String, BudgetState>> budgets) {
        this.usage = usage;
        this.budgets = budgets;
    }

    @Override
    public void add(Router router) {
        router.get(API + "spent").order(ORDER).blockingHandler(context -> answer(context, this::json), false);
        router.get(API + "spent.csv").order(ORDER).blockingHandler(context -> answer(context, SpentPage::csv), false);
    }

    private interface Answer {
        void to(RoutingContext context, UsagePage page, Map<String, String> parameters) throws SQLException;
    }

    private void answer(RoutingContext context, Answer answer) {
        if (usage.isEmpty()) {
            ConsoleResponse.error(context, NOT_FOUND, "there is no ledger: set claude.ledger.enabled=true");
            return;
        }
        Map<String, String> parameters = new HashMap<>();
        context.queryParams().forEach(one -> parameters.put(one.getKey(), one.getValue()));
        try {
            answer.to(context, usage.get(), parameters);
        } catch (IllegalArgumentException mistake) {
            ConsoleResponse.error(context, BAD_REQUEST, mistake.getMessage());
        } catch (SQLException unreadable) {
            ConsoleResponse.error(context, UNAVAILABLE, "the ledger cannot be read: " + unreadable.getMessage());
        }
    }

    private void json(RoutingContext context, UsagePage page, Map<String, String> parameters) throws SQLException {
        ObjectNode spent = (ObjectNode) ConsoleResponse.tree(page.overview(parameters));
        ArrayNode listed = spent.putArray("budgets");
        budgets.get().forEach((tenant, budget) -> listed.add(budget(tenant, budget)));
        ConsoleResponse.json(context, spent);
    }

    /** A budget as JSON. */
    static ObjectNode budget(String tenant, BudgetState budget) {
        return ConsoleResponse.object()
                .put("tenant", tenant)
                .put("limit_micro_usd", budget.limitMicroUsd())
                .put("left_micro_usd", budget.leftMicroUsd())
                .put("period", budget.period())
                .put("ends", budget.ends().toString())
                .put(
                        "refused_since",
                        budget.refusedSince().map(Object::toString).orElse(null));
    }

    private static void csv(RoutingContext context, UsagePage page, Map<String, String> parameters)
            throws SQLException {
        String text = page.csv(parameters);
        context.response()
                .putHeader("content-type", "text/csv; charset=utf-8")
                .putHeader("content-disposition", "attachment; filename=\"claude-routes-spent.csv\"")
                .putHeader("cache-control", "no-store")
                .end(text);
    }
}
