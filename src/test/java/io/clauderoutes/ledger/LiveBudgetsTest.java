package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.price.Consumption;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.settings.BudgetSettings;
import io.clauderoutes.settings.SpendingPeriod;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Budgets that are changed while calls are under way. */
class LiveBudgetsTest {

    private static final String MODEL = "claude-sonnet-5-5";
    private static final Tokens SOME = Tokens.most(1_000, false, 1_000, 0);

    private static final PriceTable PRICES = PriceTable.packaged();

    private final Clock clock = Clock.fixed(Instant.parse("2026-11-29T11:30:00Z"), ZoneOffset.UTC);
    private final long cost = PRICES.cost(Consumption.inBatch(MODEL, SOME), clock.instant())
            .orElseThrow()
            .microUsd();

    private Budgets budgets(long microUsd, SpendingPeriod period, long spent) throws SQLException {
        Budgets budgets = new Budgets(Map.of("acme", new BudgetSettings(microUsd, period)), new MessageJson(), clock);
        budgets.read((tenant, start) -> sum(spent));
        return budgets;
    }

    private static Spending sum(long microUsd) {
        return new Spending(microUsd, 0);
    }

    private static long left(Budgets budgets) {
        return budgets.leftMicroUsd("acme").orElseThrow();
    }

    @Test
    void a_larger_budget_keeps_what_was_spent_and_reserved() throws SQLException {
        Budgets budgets = budgets(10 * cost, SpendingPeriod.DAY, 3 * cost);
        Budgets.Reservation call = budgets.reserveInBatch("acme", MODEL, SOME, PRICES);

        budgets.prepare(Map.of("acme", new BudgetSettings(20 * cost, SpendingPeriod.DAY)), (tenant, start) -> sum(0))
                .run();
        assertThat(left(budgets)).isEqualTo(16 * cost);
        call.settle(OptionalLong.of(cost / 2));

        assertThat(left(budgets)).isEqualTo(17 * cost - cost / 2);
    }

    @Test
    void another_period_begins_with_what_was_spent_in_it_and_with_the_calls_under_way() throws SQLException {
        Budgets budgets = budgets(10 * cost, SpendingPeriod.HOUR, 3 * cost);
        Budgets.Reservation call = budgets.reserveInBatch("acme", MODEL, SOME, PRICES);

        budgets.prepare(
                        Map.of("acme", new BudgetSettings(10 * cost, SpendingPeriod.DAY)),
                        (tenant, start) -> sum(start.equals(Instant.parse("2026-11-29T00:00:00Z")) ? 5 * cost : 0))
                .run();
        assertThat(left(budgets)).isEqualTo(4 * cost);
        call.settle(OptionalLong.of(0));

        assertThat(left(budgets)).isEqualTo(5 * cost);
    }

    @Test
    void nothing_changes_before_the_change_is_put_into_effect() throws SQLException {
        Budgets budgets = budgets(10 * cost, SpendingPeriod.DAY, 0);

        budgets.prepare(Map.of("acme", new BudgetSettings(0, SpendingPeriod.MONTH)), (tenant, start) -> sum(cost));

        assertThat(left(budgets)).isEqualTo(10 * cost);
    }

    @Test
    void a_budget_that_is_taken_away_and_comes_back_begins_with_what_was_spent() throws SQLException {
        Budgets budgets = budgets(cost, SpendingPeriod.DAY, 0);

        budgets.prepare(Map.of(), (tenant, start) -> sum(0)).run();
        assertThat(budgets.leftMicroUsd("acme")).isEmpty();
        budgets.prepare(Map.of("acme", new BudgetSettings(cost, SpendingPeriod.DAY)), (tenant, start) -> sum(cost))
                .run();

        assertThatThrownBy(() -> budgets.reserveInBatch("acme", MODEL, SOME, PRICES))
                .isInstanceOf(ClaudeException.OverBudget.class);
    }

    @Test
    void a_ledger_that_cannot_be_read_refuses_calls_of_a_new_budget_until_it_can() throws SQLException {
        Budgets budgets = budgets(cost, SpendingPeriod.DAY, 0);

        budgets.prepare(Map.of("other", new BudgetSettings(2 * cost, SpendingPeriod.DAY)), (tenant, start) -> {
                    throw new SQLException("disk");
                })
                .run();
        assertThatThrownBy(() -> budgets.reserveInBatch("other", MODEL, SOME, PRICES))
                .hasMessageContaining("has not been read yet");
        budgets.read((tenant, start) -> sum(0));

        assertThat(budgets.reserveInBatch("other", MODEL, SOME, PRICES)).isNotNull();
    }

    @Test
    void what_is_released_is_left_again_and_only_once() throws SQLException {
        Budgets budgets = budgets(10 * cost, SpendingPeriod.DAY, 3 * cost);

        budgets.read((tenant, start) -> new Spending(cost, 2 * cost));
        budgets.read((tenant, start) -> new Spending(cost, 2 * cost));

        assertThat(left(budgets)).isEqualTo(9 * cost);
    }
}
