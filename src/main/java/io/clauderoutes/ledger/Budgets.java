package io.clauderoutes.ledger;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.price.Consumption;
import io.clauderoutes.ledger.price.Cost;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.row.Spending;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.store.SpendingSource;
import io.clauderoutes.ledger.write.Maintenance.SpendingListener;
import io.clauderoutes.ledger.write.WriteQueue;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.RequestTerms;
import io.clauderoutes.settings.BudgetSettings;
import io.clauderoutes.settings.SpendingPeriod;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What tenants may spend in an hour, a day, a week or a month (UTC). The most that a call can cost is taken before it is made,
 * and what it did not cost is given back, so that calls side by side cannot spend the same money.
 */
public final class Budgets implements SpendingListener {

    private static final int MICRO = 6;

    /** The most that a model reads in one call. What a request refers to can be as long as this. */
    private static final long CONTEXT_WINDOW = 1_000_000;

    /** The most that one image takes. */
    private static final long TOKENS_OF_IMAGE = 5_000;

    private volatile Map<String, Account> accounts;
    private final MessageJson json;
    private final Clock clock;

    Budgets(Map<String, BudgetSettings> settings, MessageJson json, Clock clock) {
        this.json = json;
        Map<String, Account> all = new HashMap<>();
        settings.forEach((tenant, budget) -> all.put(tenant, new Account(tenant, budget)));
        this.accounts = Map.copyOf(all);
        this.clock = clock;
    }

    /**
     * Prepares other budgets. What a tenant has spent and what its calls have reserved stay.
     *
     * @param books read what was spent in a period that is new to a tenant
     * @return puts the budgets into effect
     */
    Runnable prepare(Map<String, BudgetSettings> settings, SpendingSource books) {
        Map<String, Account> next = new HashMap<>();
        List<Runnable> changes = new ArrayList<>();
        settings.forEach((tenant, budget) -> {
            Account known = accounts.get(tenant);
            Account account = known == null ? new Account(tenant, budget) : known;
            next.put(tenant, account);
            try {
                if (known == null) {
                    account.read(books, clock.instant());
                } else {
                    changes.add(account.prepare(budget, books, clock.instant()));
                }
            } catch (SQLException unreadable) {
                // Calls are refused until the ledger can be read, as at the start.
                changes.add(() -> account.unread(budget));
            }
        });
        return () -> {
            changes.forEach(Runnable::run);
            accounts = Map.copyOf(next);
        };
    }

    /**
     * Takes the most that a call can cost.
     *
     * @param prices those by which the call will be charged
     * @throws ClaudeException if less than that is left, or the most that the call can cost is not known
     */
    Reservation reserve(Prompt prompt, PriceTable prices) {
        String tenant = prompt.options().tenant();
        return has(tenant)
                ? reserve(tenant, most(prompt.request(), json.terms(bytes(prompt))), prices)
                : Reservation.NONE;
    }

    /**
     * Checks a prompt that will be sent in a batch, where less is known of it.
     *
     * @return estimate of its input tokens
     * @throws ClaudeException if its tenant has a budget and the most that it can cost is not known
     */
    long checkForBatch(Prompt prompt) {
        String tenant = prompt.options().tenant();
        long shown = prompt.request().estimatedInputTokens();
        if (!has(tenant)) {
            return shown;
        }
        RequestTerms terms = json.terms(bytes(prompt));
        if (terms.unboundedInput()
                || terms.factors().webSearches() > 0
                || !terms.otherModels().isEmpty()) {
            throw new ClaudeException.Rejected(
                    ApiError.ours(
                            400,
                            "invalid_request_error",
                            "tenant " + tenant
                                    + " has a budget, and a prompt of a batch that refers to documents, lets the API"
                                    + " run tools or names other models can cost more than is known: send it as a single request"));
        }
        return shown + terms.images() * TOKENS_OF_IMAGE;
    }

    private static byte[] bytes(Prompt prompt) {
        return prompt.request().json().bytes();
    }

    /** Input at the price of a cache write for an hour where the request allows one, and as long as it can become. */
    private static Consumption most(MessagesRequest request, RequestTerms terms) {
        long shown = request.estimatedInputTokens() + terms.images() * TOKENS_OF_IMAGE;
        long input = terms.unboundedInput() ? Math.max(shown, CONTEXT_WINDOW) : shown;
        Tokens tokens = Tokens.most(
                input,
                terms.factors().cacheWrites(),
                terms.maxTokens(),
                terms.factors().webSearches());
        Stream<String> models = Stream.concat(
                Stream.of(terms.model()), terms.otherModels().stream().filter(other -> !other.equals(terms.model())));
        return new Consumption(
                models.map(model -> new Consumption.Part(model, tokens)).toList(),
                terms.factors().inUs(),
                terms.factors().fast(),
                false,
                false);
    }

    /** The same for an item of a batch; no reservation where the tenant has no budget. */
    Reservation reserveInBatch(String tenant, String model, Tokens most, PriceTable prices) {
        Reservation reserved = reserve(tenant, Consumption.inBatch(model, most), prices);
        return reserved == Reservation.NONE ? null : reserved;
    }

    /** Takes what an item can cost that was sent before this process began, whatever is left. */
    Reservation holdInBatch(String tenant, String model, Tokens most, PriceTable prices) {
        Account account = accounts.get(tenant);
        return account == null
                ? null
                : prices.cost(Consumption.inBatch(model, most), clock.instant())
                        .map(cost -> account.hold(cost.microUsd()))
                        .orElse(null);
    }

    private Reservation reserve(String tenant, Consumption most, PriceTable prices) {
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
                                + (most.fast() ? " at the fast speed" : "")
                                + " is not known: add it to the file that claude.ledger.prices names")));
        return account.reserve(cost, now);
    }

    /**
     * Reads the ledger: at the start, and from time to time for the amounts that other processes have spent. No call waits for it.
     *
     * @throws SQLException if they cannot be read
     */
    @Override
    public void read(SpendingSource books) throws SQLException {
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

        Reservation NONE = new Reservation() {
            @Override
            public OptionalLong microUsd() {
                return OptionalLong.empty();
            }

            @Override
            public void settle(OptionalLong costMicroUsd) {
                // nothing was taken
            }
        };

        /** What was taken; empty where the tenant has no budget. */
        OptionalLong microUsd();

        /** The call is over. A cost that is not known counts as what was taken. */
        void settle(OptionalLong costMicroUsd);
    }

    /**
     * What a tenant may still spend in the period of now, at least 0; all of it until the ledger was read. Empty without a budget.
     */
    OptionalLong leftMicroUsd(String tenant) {
        Account account = accounts.get(tenant);
        return account == null ? OptionalLong.empty() : OptionalLong.of(account.left(clock.instant()));
    }

    /** Tenants whose last call was refused for their budget, each with a sentence that says since when. */
    Map<String, String> spent() {
        Map<String, String> spent = new TreeMap<>();
        Instant now = clock.instant();
        accounts.forEach((tenant, account) -> account.spent(now).ifPresent(reason -> spent.put(tenant, reason)));
        return spent;
    }

    /** The budgets of now, by tenant. */
    Map<String, BudgetState> states() {
        Map<String, BudgetState> states = new TreeMap<>();
        Instant now = clock.instant();
        accounts.forEach((tenant, account) -> states.put(tenant, account.state(now)));
        return states;
    }

    /** One period. A call belongs to the period in which it began. */
    private static final class BudgetPeriod {

        private final Instant start;
        /** With what was released since. */
        private long spent;

        private long released;
        private long reserved;
        /** Takes the place of this one, since the budget has another period now. */
        private Optional<BudgetPeriod> next = Optional.empty();

        BudgetPeriod(Instant start) {
            this.start = start;
        }
    }

    private static final class Account {

        private final String tenant;
        private BudgetSettings budget;
        private Optional<BudgetPeriod> spending = Optional.empty();
        /** The first call of those that were refused since the last one that was not. */
        private Optional<Instant> refused = Optional.empty();
        /** What was sent before this process began can cost. */
        private long held;

        Account(String tenant, BudgetSettings budget) {
            this.tenant = tenant;
            this.budget = budget;
        }

        /** @return changes the budget */
        Runnable prepare(BudgetSettings other, SpendingSource books, Instant now) throws SQLException {
            long before;
            synchronized (this) {
                if (other.period() == budget.period()) {
                    return () -> change(other);
                }
                before = spending.map(its -> its.spent).orElse(0L);
            }
            Instant begun = begin(other.period(), now);
            Spending sum = books.since(tenant, begun);
            return () -> change(other, begun, sum, before);
        }

        private synchronized void change(BudgetSettings other) {
            budget = other;
            refused = Optional.empty();
        }

        /** @param before the amount spent when the ledger was read; later amounts count too */
        private synchronized void change(BudgetSettings other, Instant begun, Spending sum, long before) {
            change(other);
            BudgetPeriod next = new BudgetPeriod(begun);
            next.released = sum.releasedMicroUsd();
            next.spent = sum.gross() + spending.map(its -> its.spent - before).orElse(0L);
            next.reserved = spending.map(its -> its.reserved).orElse(0L);
            spending.ifPresent(its -> its.next = Optional.of(next));
            spending = Optional.of(next);
        }

        synchronized void unread(BudgetSettings other) {
            if (other.period() != budget.period()) {
                spending = Optional.empty();
            }
            budget = other;
        }

        private synchronized SpendingPeriod period() {
            return budget.period();
        }

        void read(SpendingSource books, Instant now) throws SQLException {
            SpendingPeriod period = period();
            Instant begun = begin(period, now);
            Spending sum = books.since(tenant, begun);
            synchronized (this) {
                if (period != budget.period()) {
                    return;
                }
                BudgetPeriod its =
                        spending.filter(known -> !known.start.isBefore(begun)).orElseGet(() -> new BudgetPeriod(begun));
                if (its.start.equals(begun)) {
                    its.spent = Math.max(its.spent, sum.gross());
                    its.released = Math.max(its.released, sum.releasedMicroUsd());
                }
                spending = Optional.of(its);
            }
        }

        synchronized Optional<String> spent(Instant now) {
            Instant begun = begin(budget.period(), now);
            return refused.filter(since -> !since.isBefore(begun))
                    .map(since -> "spent since " + since.truncatedTo(ChronoUnit.SECONDS) + ": "
                            + dollars(left(now)) + " of claude.budgets." + tenant + ".usd="
                            + dollars(budget.microUsd()) + " are left until "
                            + end(budget.period(), begun) + ", less than a call can cost");
        }

        synchronized BudgetState state(Instant now) {
            Instant begun = begin(budget.period(), now);
            return new BudgetState(
                    budget.microUsd(),
                    left(now),
                    budget.period().name().toLowerCase(Locale.ROOT),
                    end(budget.period(), begun),
                    refused.filter(since -> !since.isBefore(begun)));
        }

        synchronized long left(Instant now) {
            Instant begun = begin(budget.period(), now);
            long used = spending.filter(its -> !its.start.isBefore(begun))
                    .map(its -> its.spent - its.released + its.reserved)
                    .orElse(0L);
            return Math.max(0, budget.microUsd() - used - held);
        }

        synchronized Reservation reserve(long cost, Instant now) {
            Instant begun = begin(budget.period(), now);
            BudgetPeriod its = spending.orElseThrow(
                    () -> WriteQueue.unavailable("what tenant " + tenant + " has spent has not been read yet"));
            if (its.start.isBefore(begun)) {
                its = new BudgetPeriod(begun);
                spending = Optional.of(its);
            }
            long left = budget.microUsd() - its.spent + its.released - its.reserved - held;
            if (cost > left) {
                refused = refused.filter(since -> !since.isBefore(begun)).or(() -> Optional.of(now));
                throw over(cost, left, now);
            }
            refused = Optional.empty();
            its.reserved += cost;
            BudgetPeriod from = its;
            return taken(cost, actual -> settle(from, cost, actual));
        }

        synchronized Reservation hold(long cost) {
            held += cost;
            return taken(cost, actual -> release(cost, actual));
        }

        private static Reservation taken(long cost, Consumer<OptionalLong> settling) {
            return new Reservation() {
                @Override
                public OptionalLong microUsd() {
                    return OptionalLong.of(cost);
                }

                @Override
                public void settle(OptionalLong actual) {
                    settling.accept(actual);
                }
            };
        }

        private synchronized void release(long cost, OptionalLong actual) {
            held -= cost;
            spending.ifPresent(its -> its.spent += actual.orElse(cost));
        }

        private synchronized void settle(BudgetPeriod begun, long cost, OptionalLong actual) {
            BudgetPeriod from = begun;
            while (from.next.isPresent()) {
                from = from.next.get();
            }
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
                    new ApiError.ErrorResponse(Map.of("x-should-retry", "false"), Optional.empty())));
        }
    }

    private static String dollars(long microUsd) {
        return BigDecimal.valueOf(microUsd, MICRO).stripTrailingZeros().toPlainString() + " USD";
    }

    private static Instant begin(SpendingPeriod period, Instant now) {
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

    private static Instant end(SpendingPeriod period, Instant begin) {
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
