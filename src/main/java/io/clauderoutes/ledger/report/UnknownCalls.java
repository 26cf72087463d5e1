package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.price.Consumption;
import io.clauderoutes.ledger.price.Cost;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.row.BookedUsage;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.row.UnknownCall.Outcome;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Finds out what calls cost that may have been billed: together no more than the API's report has and the ledger does not. The report
 * knows no single calls, so what it has more is shared out by what was reserved. A doubt never makes a call cheaper.
 */
public final class UnknownCalls {

    /** The API counts a call in the hour in which it ends, or a little later. */
    private static final int HOURS_OF_CALL = 2;

    /** A batch ends within 24 hours. */
    private static final int HOURS_OF_BATCH = 26;

    private final Map<HourUsage.Key, BookedUsage> booked;
    private final Map<HourUsage.Key, HourUsage> reported;
    private final long endHour;
    private final long toleranceTokens;
    private final PriceTable prices;

    /**
     * Compares a report with the ledger.
     *
     * @param endHour the first hour that the report does not have
     * @param toleranceTokens tokens of a class, in an hour of a model, that are no difference
     */
    public UnknownCalls(
            Map<HourUsage.Key, BookedUsage> booked,
            Map<HourUsage.Key, HourUsage> reported,
            long endHour,
            long toleranceTokens,
            PriceTable prices) {
        this.booked = booked;
        this.reported = reported;
        this.endHour = endHour;
        this.toleranceTokens = toleranceTokens;
        this.prices = prices;
    }

    private record Group(long hour, String model, boolean batch) {}

    /** The calls of which it is known now what they cost at most. */
    public List<Outcome> outcomes(List<UnknownCall> calls) {
        Map<String, List<UnknownCall>> groups = new TreeMap<>();
        for (UnknownCall call : calls) {
            groups.computeIfAbsent(call.hour() + " " + call.batch() + " " + call.model(), none -> new ArrayList<>())
                    .add(call);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (List<UnknownCall> group : groups.values()) {
            UnknownCall first = group.get(0);
            surplus(new Group(first.hour(), first.model(), first.batch()))
                    .ifPresent(microUsd -> share(group, microUsd, outcomes));
        }
        return outcomes;
    }

    /** What the report has more than the ledger where the calls of a group may be; empty if that is not known yet. */
    private Optional<Long> surplus(Group group) {
        long last = group.hour() + (group.batch() ? HOURS_OF_BATCH : HOURS_OF_CALL);
        if (last >= endHour) {
            return Optional.empty();
        }
        long microUsd = 0;
        for (Map.Entry<HourUsage.Key, HourUsage> entry : reported.entrySet()) {
            HourUsage.Key key = entry.getKey();
            boolean mayHoldThem = key.hour() >= group.hour()
                    && key.hour() <= last
                    && (key.model().equals(group.model()) || !isBooked(key.model()));
            if (mayHoldThem) {
                Optional<Long> cost = cost(more(key, entry.getValue()), group.model(), key.hour());
                if (cost.isEmpty()) {
                    return Optional.empty();
                }
                microUsd += cost.get();
            }
        }
        return Optional.of(microUsd);
    }

    /** The report may have another name for a model: what the ledger has under no name may be of these calls. */
    private boolean isBooked(String model) {
        return booked.entrySet().stream()
                .anyMatch(entry -> entry.getKey().model().equals(model)
                        && !entry.getValue().used().equals(HourUsage.NONE));
    }

    private HourUsage more(HourUsage.Key key, HourUsage theirs) {
        HourUsage difference =
                theirs.minus(booked.getOrDefault(key, BookedUsage.NOTHING).used());
        return difference.isWithin(toleranceTokens) ? HourUsage.NONE : difference.positive();
    }

    private Optional<Long> cost(HourUsage usage, String model, long hour) {
        if (usage.equals(HourUsage.NONE)) {
            return Optional.of(0L);
        }
        Tokens tokens = new Tokens(
                OptionalLong.of(usage.input()),
                OptionalLong.of(usage.output()),
                OptionalLong.of(usage.cacheRead()),
                OptionalLong.of(usage.cacheWrite5m()),
                OptionalLong.of(usage.cacheWrite1h()),
                OptionalLong.empty());
        Instant at = Hour.start(hour);
        // At the dearest terms: what was reserved was reckoned by no dearer ones.
        return prices.cost(new Consumption(List.of(new Consumption.Part(model, tokens)), true, false, false, false), at)
                .map(Cost::microUsd);
    }

    private static void share(List<UnknownCall> group, long microUsd, List<Outcome> outcomes) {
        long reserved = group.stream()
                .mapToLong(call -> call.reservedMicroUsd().orElse(0))
                .sum();
        for (UnknownCall call : group) {
            if (microUsd == 0) {
                outcomes.add(new Outcome(call, 0));
            } else if (call.reservedMicroUsd().isPresent()) {
                outcomes.add(new Outcome(call, part(call.reservedMicroUsd().getAsLong(), microUsd, reserved)));
            }
        }
    }

    /** The share of one call, rounded up, and no more than what was reserved for it. */
    private static long part(long own, long microUsd, long all) {
        if (microUsd >= all) {
            return own;
        }
        BigInteger whole = BigInteger.valueOf(all);
        return BigInteger.valueOf(own)
                .multiply(BigInteger.valueOf(microUsd))
                .add(whole.subtract(BigInteger.ONE))
                .divide(whole)
                .longValueExact();
    }
}
