package io.clauderoutes.ledger.price;

import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prices by model and day. A model that the operator's own file names is priced by that file alone, all others by the
 * packaged table; a model that neither knows has no cost, which is not the same as a cost of nothing.
 */
public final class PriceTable {

    private static final Logger LOG = LoggerFactory.getLogger(PriceTable.class);
    private static final String PACKAGED = "/io/clauderoutes/ledger/prices.csv";
    private static final String COLUMNS =
            "model,from,over-input-tokens,input,output,cache-write-5m,cache-write-1h,cache-read,"
                    + "us-percent,fast-percent,batch-percent,web-search";
    private static final int COLUMN_COUNT = 12;
    private static final int MICRO = 6;
    private static final int MOST_WARNINGS = 1_000;
    private static final Pattern DATED = Pattern.compile("(.+)-\\d{8}");
    private static final Comparator<Price> BEST_FIRST =
            Comparator.comparing(Price::from).thenComparing(Price::over).reversed();

    private final Map<String, List<Price>> prices;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    private PriceTable(Map<String, List<Price>> prices) {
        this.prices = prices;
    }

    /** The packaged prices. */
    public static PriceTable packaged() {
        try (InputStream in = PriceTable.class.getResourceAsStream(PACKAGED)) {
            return new PriceTable(read(new String(in.readAllBytes(), StandardCharsets.UTF_8), "the packaged prices"));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /**
     * The packaged prices, with the models of a file in the same form in their place.
     *
     * @throws SettingsException with one line for each mistake in the file
     */
    public static PriceTable with(Path own) {
        String setting = "claude.ledger.prices=" + own;
        try {
            Map<String, List<Price>> all = new HashMap<>(packaged().prices);
            all.putAll(read(Files.readString(own), setting));
            return new PriceTable(all);
        } catch (IOException unreadable) {
            throw new SettingsException(List.of(setting + ": the file cannot be read"));
        }
    }

    private static Map<String, List<Price>> read(String text, String name) {
        Map<String, List<Price>> all = new HashMap<>();
        Set<String> keys = new HashSet<>();
        List<String> mistakes = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\\R", -1)) {
            number++;
            String row = line.strip();
            if (row.isEmpty() || row.startsWith("#") || row.equals(COLUMNS)) {
                continue;
            }
            try {
                Price price = price(row.split(",", -1));
                if (!keys.add(price.model() + price.from() + price.over())) {
                    throw new IllegalArgumentException("the model has a price for this day already");
                }
                all.computeIfAbsent(price.model(), model -> new ArrayList<>()).add(price);
            } catch (IllegalArgumentException | ArithmeticException | DateTimeException mistake) {
                mistakes.add(name + ", line " + number + ": " + mistake.getMessage());
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        all.values().forEach(rows -> rows.sort(BEST_FIRST));
        return all;
    }

    private static Price price(String[] cells) {
        if (cells.length != COLUMN_COUNT || cells[0].isBlank()) {
            throw new IllegalArgumentException("expected the columns " + COLUMNS);
        }
        return new Price(
                cells[0].strip(),
                LocalDate.parse(cells[1].strip()),
                count(cells[2], "over-input-tokens"),
                new Price.TokenPrices(
                        dollars(cells[3]), dollars(cells[4]), dollars(cells[5]), dollars(cells[6]), dollars(cells[7])),
                new Price.Percentages(
                        percent(cells[8], "us-percent", 1),
                        percent(cells[9], "fast-percent", 0),
                        percent(cells[10], "batch-percent", 1)),
                dollars(cells[11]));
    }

    private static long dollars(String cell) {
        try {
            BigDecimal amount = new BigDecimal(cell.strip());
            if (amount.signum() >= 0) {
                return amount.movePointRight(MICRO).longValueExact();
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        throw new IllegalArgumentException(cell.strip() + ": expected US dollars, such as 2.50");
    }

    private static long count(String cell, String column) {
        try {
            long count = Long.parseLong(cell.strip());
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        throw new IllegalArgumentException(column + ": expected a whole number, and not " + cell.strip());
    }

    private static int percent(String cell, String column, int least) {
        long percent = count(cell, column);
        if (percent < least || percent > 10_000) {
            throw new IllegalArgumentException(column + ": expected a percentage from " + least + " to 10000");
        }
        return (int) percent;
    }

    /** What a call costs that was made at some time; empty if a price or a count is missing. */
    public Optional<Cost> cost(Consumption used, Instant at) {
        LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
        BigInteger numerator = BigInteger.ZERO;
        LocalDate from = LocalDate.MIN;
        for (Consumption.Part part : used.parts()) {
            Tokens tokens = part.tokens();
            if (tokens.input().isEmpty() || tokens.output().isEmpty()) {
                return Optional.empty();
            }
            Optional<Price> found = price(part.model(), day, tokens.allInput());
            if (found.isEmpty() || (used.fast() && found.get().percent().fast() == 0)) {
                warn(part.model(), used.fast() && found.isPresent());
                return Optional.empty();
            }
            numerator = numerator.add(found.get().numerator(tokens, used));
            from = found.get().from().isAfter(from) ? found.get().from() : from;
        }
        return Optional.of(new Cost(used.free() ? 0 : halfUp(numerator), from));
    }

    private static long halfUp(BigInteger numerator) {
        return numerator
                .shiftLeft(1)
                .add(Price.DIVISOR)
                .divide(Price.DIVISOR.shiftLeft(1))
                .longValueExact();
    }

    /** The price of a model, with or without the date of a snapshot in its id. */
    private Optional<Price> price(String model, LocalDate day, long inputTokens) {
        List<Price> rows = prices.get(model);
        if (rows == null) {
            var dated = DATED.matcher(model);
            rows = dated.matches() ? prices.getOrDefault(dated.group(1), List.of()) : List.of();
        }
        return rows.stream()
                .filter(price -> !price.from().isAfter(day) && (price.over() == 0 || inputTokens > price.over()))
                .findFirst();
    }

    private void warn(String model, boolean fastOnly) {
        if (warned.size() < MOST_WARNINGS && warned.add(model + fastOnly)) {
            LOG.warn(
                    "the price of model {}{} is not known: its calls have no cost in the ledger. Add it to the file that"
                            + " claude.ledger.prices names",
                    model,
                    fastOnly ? " at the fast speed" : "");
        }
    }
}
