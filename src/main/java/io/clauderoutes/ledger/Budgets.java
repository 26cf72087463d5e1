package io.clauderoutes.ledger;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What tenants may spend in an hour, a day, a week or a month (UTC). The most that a call can cost is taken before it is made,
 * and what it did not cost is given back, so that calls side by side cannot spend the same money.
 */
final class Budgets {

    private static final int MICRO = 6;

    /** What a tenant has spent since some time, by the ledger. */
    @FunctionalInterface
    interface Spent {
        long microUsdSince(String tenant, Instant start) throws SQLException;
    }

    private final Map<String, Account> accounts = new HashMap<>();
    private final PriceTable prices;
    private final Clock clock;

    Budgets(Map<String, ClaudeSettings.Budget> settings, PriceTable prices, Clock clock) {
        settings.forEach((tenant, budget) -> accounts.put(tenant, new Account(tenant, budget)));
        this.prices = prices;
        this.clock = clock;
    }

    /**
     * Takes the most that a call can cost.
     *
     * @throws ClaudeException if less than that is left, or nobody knows what the call can cost
     */
    Reservation reserve(String tenant, String model, Tokens most) {
        return reserve(tenant, Consumption.of(model, most));
    }

    /** The same for an item of a batch; no reservation where the tenant has no budget. */
    Reservation reserveInBatch(String tenant, String model, Tokens most) {
        Reservation reserved = reserve(tenant, Consumption.inBatch(model, most));
        return reserved == Reservation.NONE ? null : reserved;
    }

    /** Takes what an item can cost that was sent before this process began, whatever is left. */
    Reservation holdInBatch(String tenant, String model, Tokens most) {
        Account account = accounts.get(tenant);
        return account == null
                ? null
                : prices.cost(Consumption.inBatch(model, most), clock.instant())
                        .map(cost -> account.hold(cost.microUsd()))
                        .orElse(null);
    }

    private Reservation reserve(String tenant, Consumption most) {
        Account account = accounts.get(tenant);
        if (account == null) {
            return Reservation.NONE;
        }
        Instant now = clock.instant();
        String model = most.parts().get(0).model();
        long cost = prices.cost(most, now)
                .map(Cost::microUsd)
                .orElseThrow(() -> new ClaudeException.Rejected(ApiError.ours(
                        400,
                        "invalid_request_error",
                        "tenant " + tenant + " has a budget, and the price of model " + model
                                + " is not known: add it to the file that claude.ledger.prices names")));
        return account.reserve(cost, now);
    }

    /**
     * Looks into the books: at the start, and from time to time for what other processes have spent. No call waits for it.
     *
     * @throws SQLException if they cannot be read
     */
    void read(Spent books) throws SQLException {
        for (Account account : accounts.values()) {
            account.read(books, clock.instant());
        }
    }

    /** Whether a tenant has a budget. */
    boolean has(String tenant) {
        return accounts.containsKey(tenant);
    }

    /** What a call has taken from its tenant's budget. */
    interface Reservation {

        Reservation NONE = cost -> {};

        /** The call is over. A cost that nobody knows counts as what was taken. */
        void settle(OptionalLong costMicroUsd);
    }

    /** One period: a call belongs to the one that it began in. */
    private static final class Spending {

        private final Instant start;
        private long spent;
        private long reserved;

        Spending(Instant start) {
            this.start = start;
        }
    }

    private static final class Account {

        private final String tenant;
        private final ClaudeSettings.Budget budget;
        private Optional<Spending> spending = Optional.empty();
        /** What was sent before this process began can cost. */
        private long held;

        Account(String tenant, ClaudeSettings.Budget budget) {
            this.tenant = tenant;
            this.budget = budget;
        }

        void read(Spent books, Instant now) throws SQLException {
            Instant begun = begin(budget.period(), now);
            long total = books.microUsdSince(tenant, begun);
            synchronized (this) {
                Spending its =
                        spending.filter(known -> !known.start.isBefore(begun)).orElseGet(() -> new Spending(begun));
                if (its.start.equals(begun)) {
                    its.spent = Math.max(its.spent, total);
                }
                spending = Optional.of(its);
            }
        }

        synchronized Reservation reserve(long cost, Instant now) {
            Instant begun = begin(budget.period(), now);
            Spending its = spending.orElseThrow(
                    () -> Backlog.unavailable("what tenant " + tenant + " has spent has not been read yet"));
            if (its.start.isBefore(begun)) {
                its = new Spending(begun);
                spending = Optional.of(its);
            }
            long left = budget.microUsd() - its.spent - its.reserved - held;
            if (cost > left) {
                throw over(cost, left, now);
            }
            its.reserved += cost;
            Spending from = its;
            return actual -> settle(from, cost, actual);
        }

        synchronized Reservation hold(long cost) {
            held += cost;
            return actual -> release(cost, actual);
        }

        private synchronized void release(long cost, OptionalLong actual) {
            held -= cost;
            spending.ifPresent(its -> its.spent += actual.orElse(cost));
        }

        private synchronized void settle(Spending from, long cost, OptionalLong actual) {
            from.reserved -= cost;
            from.spent += actual.orElse(cost);
        }

        private ClaudeException over(long cost, long left, Instant now) {
            String setting = "claude.budgets." + tenant;
            Duration wait = Duration.between(now, end(budget.period(), begin(budget.period(), now)));
            return new ClaudeException.OverBudget(new ApiError(
                    429,
                    "rate_limit_error",
                    "tenant " + tenant + " is over its budget (" + setting + ".usd="
                            + dollars(budget.microUsd()) + " for a "
                            + budget.period().name().toLowerCase(Locale.ROOT) + "): this call can cost "
                            + dollars(cost) + " with its max_tokens, and " + dollars(Math.max(0, left))
                            + " are left for it now",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(wait),
                    Map.of("x-should-retry", "false"),
                    Optional.empty()));
        }
    }

    private static String dollars(long microUsd) {
        return BigDecimal.valueOf(microUsd, MICRO).stripTrailingZeros().toPlainString() + " USD";
    }

    private static Instant begin(ClaudeSettings.Period period, Instant now) {
        ZonedDateTime hour = now.atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.HOURS);
        ZonedDateTime day = hour.truncatedTo(ChronoUnit.DAYS);
        return (switch (period) {
                    case HOUR -> hour;
                    case DAY -> day;
                    case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                    case MONTH -> day.withDayOfMonth(1);
                })
                .toInstant();
    }

    private static Instant end(ClaudeSettings.Period period, Instant begin) {
        ZonedDateTime from = begin.atZone(ZoneOffset.UTC);
        return (switch (period) {
                    case HOUR -> from.plusHours(1);
                    case DAY -> from.plusDays(1);
                    case WEEK -> from.plusWeeks(1);
                    case MONTH -> from.plusMonths(1);
                })
                .toInstant();
    }
}
