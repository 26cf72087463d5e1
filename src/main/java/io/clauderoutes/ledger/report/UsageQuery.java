package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.row.Subject;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A query of the ledger.
 *
 * @param from the first day, UTC
 * @param to the last day, UTC
 * @param by what the sums are made for, one for each combination
 * @param only what a row must be to count
 */
public record UsageQuery(LocalDate from, LocalDate to, List<Dimension> by, Map<Dimension, String> only, Format format) {

    private static final int HOURS = 24;
    private static final int DEFAULT_DAYS = 30;

    /** What sums can be made for. */
    enum Dimension {
        DAY,
        TENANT,
        MODEL,
        SOURCE,
        ENDPOINT;

        /** What a subject has of this dimension; the day is none of a subject's. */
        String of(Subject subject) {
            return switch (this) {
                case DAY -> "";
                case TENANT -> subject.tenant();
                case MODEL -> subject.model();
                case SOURCE -> subject.source();
                case ENDPOINT -> subject.endpoint();
            };
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How the answer is written. */
    enum Format {
        JSON,
        CSV
    }

    /** A parameter that makes no sense; the message names it and says what was expected. */
    static final class BadQuery extends Exception {
        private static final long serialVersionUID = 1;

        BadQuery(String message) {
            super(message);
        }
    }

    public UsageQuery {
        by = List.copyOf(by);
        only = Map.copyOf(only);
    }

    /**
     * Reads parameters: {@code from}, {@code to}, {@code by}, {@code format}, and each dimension but the day by its name. All
     * can be left out.
     */
    static UsageQuery of(Map<String, String> parameters, LocalDate today) throws BadQuery {
        TreeSet<String> known = new TreeSet<>(List.of("from", "to", "by", "format"));
        Map<Dimension, String> only = new EnumMap<>(Dimension.class);
        for (Dimension dimension : Dimension.values()) {
            if (dimension != Dimension.DAY) {
                known.add(dimension.word());
                if (parameters.containsKey(dimension.word())) {
                    only.put(dimension, parameters.get(dimension.word()));
                }
            }
        }
        for (String name : new TreeSet<>(parameters.keySet())) {
            if (!known.contains(name)) {
                throw new BadQuery(name + " is not a parameter: expected " + String.join(", ", known));
            }
        }
        LocalDate to = day(parameters, "to", today);
        LocalDate from = day(parameters, "from", to.minusDays(DEFAULT_DAYS));
        if (from.isAfter(to)) {
            throw new BadQuery("from=" + from + " is after to=" + to);
        }
        return new UsageQuery(from, to, by(parameters.getOrDefault("by", "day")), only, format(parameters));
    }

    /** All of some days, for each day. */
    public static UsageQuery ofDays(LocalDate from, LocalDate to) {
        return new UsageQuery(from, to, List.of(Dimension.DAY), Map.of(), Format.JSON);
    }

    private static LocalDate day(Map<String, String> parameters, String name, LocalDate otherwise) throws BadQuery {
        String text = parameters.get(name);
        try {
            return text == null ? otherwise : LocalDate.parse(text);
        } catch (DateTimeException notADay) {
            throw new BadQuery(name + "=" + text + ": expected a day such as 2026-11-30");
        }
    }

    private static List<Dimension> by(String words) throws BadQuery {
        List<Dimension> by = new ArrayList<>();
        for (String word : words.split(",", -1)) {
            Dimension dimension = Arrays.stream(Dimension.values())
                    .filter(one -> one.word().equals(word.trim()))
                    .findFirst()
                    .orElseThrow(() -> new BadQuery("by=" + words + ": expected one or more of "
                            + Arrays.stream(Dimension.values())
                                    .map(Dimension::word)
                                    .collect(Collectors.joining(", "))));
            if (!by.contains(dimension)) {
                by.add(dimension);
            }
        }
        return by;
    }

    private static Format format(Map<String, String> parameters) throws BadQuery {
        String word = parameters.getOrDefault("format", "json");
        return switch (word) {
            case "json" -> Format.JSON;
            case "csv" -> Format.CSV;
            default -> throw new BadQuery("format=" + word + ": expected json or csv");
        };
    }

    /** Whether the attempts of a subject count. */
    boolean asksFor(Subject subject) {
        return only.entrySet().stream()
                .allMatch(one -> one.getValue().equals(one.getKey().of(subject)));
    }

    long firstHour() {
        return from.toEpochDay() * HOURS;
    }

    /** The hour after the last. */
    long endHour() {
        return to.plusDays(1).toEpochDay() * HOURS;
    }

    static String dayOf(long hour) {
        return LocalDate.ofEpochDay(Math.floorDiv(hour, HOURS)).toString();
    }
}
