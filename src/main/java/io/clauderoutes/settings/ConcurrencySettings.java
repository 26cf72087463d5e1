package io.clauderoutes.settings;

/**
 * How many calls an endpoint may have in flight: a number between two bounds that the bundle adapts, one number, or any.
 *
 * @param min the smallest limit
 * @param max the largest limit; the same as {@code min} for a fixed limit
 */
public record ConcurrencySettings(int min, int max) {

    /** Any number of calls. */
    public static final ConcurrencySettings UNLIMITED = new ConcurrencySettings(Integer.MAX_VALUE, Integer.MAX_VALUE);

    public ConcurrencySettings {
        if (min < 1 || max < min) {
            throw new IllegalArgumentException("expected 1 <= min <= max, but min is " + min + " and max " + max);
        }
    }

    /** Whether the limit is adapted to the endpoint. */
    public boolean isAdaptive() {
        return min < max;
    }

    public boolean isUnlimited() {
        return min == Integer.MAX_VALUE;
    }
}
