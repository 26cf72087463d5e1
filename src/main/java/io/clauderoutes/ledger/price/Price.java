package io.clauderoutes.ledger.price;

import io.clauderoutes.ledger.row.Tokens;
import java.math.BigInteger;
import java.time.LocalDate;

/**
 * What one model costs from a day on. Prices are micro-dollars for a million tokens.
 *
 * @param over counts for calls with more input tokens than this, cached ones included
 * @param usPercent of the price when the call is held within the United States
 * @param fastPercent of the price at the fast speed; 0 if there is none
 * @param batchPercent of the price in a batch
 * @param webSearch micro-dollars for a thousand web searches
 */
record Price(
        String model,
        LocalDate from,
        long over,
        long input,
        long output,
        long cacheWrite5m,
        long cacheWrite1h,
        long cacheRead,
        int usPercent,
        int fastPercent,
        int batchPercent,
        long webSearch) {

    /** What a cost's numerator is divided by: a million tokens, and a hundred for each of three percentages. */
    static final BigInteger DIVISOR = BigInteger.valueOf(1_000_000L * 1_000_000L);

    private static final long SEARCHES = 1_000;

    /** The numerator of what tokens cost in micro-dollars; its denominator is {@link #DIVISOR}. */
    BigInteger numerator(Tokens tokens, Consumption terms) {
        BigInteger priced = times(tokens.input().orElse(0), input)
                .add(times(tokens.output().orElse(0), output))
                .add(times(tokens.cacheRead().orElse(0), cacheRead))
                .add(times(tokens.cacheWrite5m().orElse(0), cacheWrite5m))
                .add(times(tokens.cacheWrite1h().orElse(0), cacheWrite1h));
        long percents = (terms.inUs() ? usPercent : 100L)
                * (terms.fast() ? fastPercent : 100L)
                * (terms.batch() ? batchPercent : 100L);
        BigInteger searches = times(tokens.webSearches().orElse(0), webSearch)
                .multiply(DIVISOR)
                .divide(BigInteger.valueOf(SEARCHES));
        return priced.multiply(BigInteger.valueOf(percents)).add(searches);
    }

    private static BigInteger times(long count, long price) {
        return BigInteger.valueOf(count).multiply(BigInteger.valueOf(price));
    }
}
