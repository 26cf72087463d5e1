package io.clauderoutes.ledger.price;

import io.clauderoutes.ledger.row.Tokens;
import java.math.BigInteger;
import java.time.LocalDate;

/**
 * What one model costs from a day on. Prices are micro-dollars for a million tokens.
 *
 * @param over counts for calls with more input tokens than this, cached ones included
 * @param webSearch micro-dollars for a thousand web searches
 */
record Price(String model, LocalDate from, long over, TokenPrices tokens, Percentages percent, long webSearch) {
    /** Prices of a million tokens, by class. */
    record TokenPrices(long input, long output, long cacheWrite5m, long cacheWrite1h, long cacheRead) {}

    /**
     * Percentages of the price for special calls.
     *
     * @param us of the price when the call is held within the United States
     * @param fast of the price at the fast speed; 0 if there is none
     * @param batch of the price in a batch
     */
    record Percentages(int us, int fast, int batch) {}

    /** What a cost's numerator is divided by: a million tokens, and a hundred for each of three percentages. */
    static final BigInteger DIVISOR = BigInteger.valueOf(1_000_000L * 1_000_000L);

    private static final long SEARCHES = 1_000;

    /** The numerator of what tokens cost in micro-dollars; its denominator is {@link #DIVISOR}. */
    BigInteger numerator(Tokens used, Consumption terms) {
        BigInteger priced = times(used.input().orElse(0), tokens.input())
                .add(times(used.output().orElse(0), tokens.output()))
                .add(times(used.cacheRead().orElse(0), tokens.cacheRead()))
                .add(times(used.cacheWrite5m().orElse(0), tokens.cacheWrite5m()))
                .add(times(used.cacheWrite1h().orElse(0), tokens.cacheWrite1h()));
        long percents = (terms.inUs() ? percent.us() : 100L)
                * (terms.fast() ? percent.fast() : 100L)
                * (terms.batch() ? percent.batch() : 100L);
        BigInteger searches =
                times(used.webSearches().orElse(0), webSearch).multiply(DIVISOR).divide(BigInteger.valueOf(SEARCHES));
        return priced.multiply(BigInteger.valueOf(percents)).add(searches);
    }

    private static BigInteger times(long count, long price) {
        return BigInteger.valueOf(count).multiply(BigInteger.valueOf(price));
    }
}
