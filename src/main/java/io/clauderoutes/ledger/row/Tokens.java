package io.clauderoutes.ledger.row;

import java.util.OptionalLong;

/**
 * Tokens of all classes that have a price of their own. A count that the API did not state is absent, never zero.
 *
 * @param input fresh input tokens
 * @param output output tokens, thinking included
 * @param cacheRead input tokens read from the prompt cache
 * @param cacheWrite5m input tokens written to the prompt cache for five minutes
 * @param cacheWrite1h input tokens written to the prompt cache for an hour
 * @param webSearches web searches of the API's own tool
 */
public record Tokens(
        OptionalLong input,
        OptionalLong output,
        OptionalLong cacheRead,
        OptionalLong cacheWrite5m,
        OptionalLong cacheWrite1h,
        OptionalLong webSearches) {

    public static final Tokens UNKNOWN = new Tokens(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());

    /** Fresh input and output alone. */
    public static Tokens of(long input, long output) {
        return new Tokens(
                OptionalLong.of(input),
                OptionalLong.of(output),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    /** The most that a call can use. */
    public static Tokens most(long input, boolean cacheWrites, long output, long webSearches) {
        return new Tokens(
                OptionalLong.of(cacheWrites ? 0 : input),
                OptionalLong.of(output),
                OptionalLong.empty(),
                OptionalLong.empty(),
                cacheWrites ? OptionalLong.of(input) : OptionalLong.empty(),
                OptionalLong.of(webSearches));
    }

    public Tokens withOutput(long estimated) {
        return new Tokens(input, OptionalLong.of(estimated), cacheRead, cacheWrite5m, cacheWrite1h, webSearches);
    }

    /** All input, as price bands count it. */
    public long allInput() {
        return input.orElse(0) + cacheRead.orElse(0) + cacheWrite5m.orElse(0) + cacheWrite1h.orElse(0);
    }

    public Tokens plus(Tokens other) {
        return new Tokens(
                sum(input, other.input),
                sum(output, other.output),
                sum(cacheRead, other.cacheRead),
                sum(cacheWrite5m, other.cacheWrite5m),
                sum(cacheWrite1h, other.cacheWrite1h),
                sum(webSearches, other.webSearches));
    }

    private static OptionalLong sum(OptionalLong left, OptionalLong right) {
        if (left.isEmpty()) {
            return right;
        }
        return right.isEmpty() ? left : OptionalLong.of(left.getAsLong() + right.getAsLong());
    }
}
