package io.clauderoutes;

import java.util.OptionalLong;

/**
 * Tokens of one call, each class billed at its own price. A count that the API has not told is absent, never zero.
 *
 * @param input fresh input tokens, without those read from or written to the prompt cache
 * @param cacheRead input tokens read from the prompt cache
 * @param cacheWrite input tokens written to the prompt cache, of all lifetimes
 * @param output output tokens, thinking included
 */
public record Usage(OptionalLong input, OptionalLong cacheRead, OptionalLong cacheWrite, OptionalLong output) {

    public static final Usage UNKNOWN =
            new Usage(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    public Usage {
        notNegative(input);
        notNegative(cacheRead);
        notNegative(cacheWrite);
        notNegative(output);
    }

    private static void notNegative(OptionalLong count) {
        if (count.orElse(0) < 0) {
            throw new IllegalArgumentException("a token count cannot be negative: " + count.getAsLong());
        }
    }

    /** The counts after the event with {@code later}: its counts replace these, because the API sends running totals. */
    public Usage then(Usage later) {
        return new Usage(
                later.input.isPresent() ? later.input : input,
                later.cacheRead.isPresent() ? later.cacheRead : cacheRead,
                later.cacheWrite.isPresent() ? later.cacheWrite : cacheWrite,
                later.output.isPresent() ? later.output : output);
    }

    /** All input as {@code gen_ai.usage.input_tokens} means it: fresh, cache read and cache written. */
    public OptionalLong totalInput() {
        return input.isEmpty()
                ? input
                : OptionalLong.of(input.getAsLong() + cacheRead.orElse(0) + cacheWrite.orElse(0));
    }
}
