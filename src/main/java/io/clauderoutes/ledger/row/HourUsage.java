package io.clauderoutes.ledger.row;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Tokens by the classes that a bill has, of one model in one hour. Tokens written to the prompt cache are counted by the lifetime of the entry. */
public record HourUsage(long input, long output, long cacheRead, long cacheWrite5m, long cacheWrite1h) {

    public static final HourUsage NONE = new HourUsage(0, 0, 0, 0, 0);

    /**
     * Where it belongs.
     *
     * @param hour hours since 1970
     */
    public record Key(long hour, String model) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return hour == other.hour ? model.compareTo(other.model) : Long.compare(hour, other.hour);
        }
    }

    public HourUsage plus(HourUsage other) {
        return new HourUsage(
                input + other.input,
                output + other.output,
                cacheRead + other.cacheRead,
                cacheWrite5m + other.cacheWrite5m,
                cacheWrite1h + other.cacheWrite1h);
    }

    public HourUsage minus(HourUsage other) {
        return plus(
                new HourUsage(-other.input, -other.output, -other.cacheRead, -other.cacheWrite5m, -other.cacheWrite1h));
    }

    /** Without the classes that have less than no tokens. */
    public HourUsage positive() {
        return new HourUsage(
                Math.max(0, input),
                Math.max(0, output),
                Math.max(0, cacheRead),
                Math.max(0, cacheWrite5m),
                Math.max(0, cacheWrite1h));
    }

    /** All tokens. */
    public long all() {
        return input + output + cacheRead + cacheWrite5m + cacheWrite1h;
    }

    /** Whether no class has more tokens than that, either way. */
    public boolean isWithin(long tokens) {
        return Stream.of(input, output, cacheRead, cacheWrite5m, cacheWrite1h)
                .allMatch(count -> Math.abs(count) <= tokens);
    }

    public Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("input_tokens", input);
        told.put("output_tokens", output);
        told.put("cache_read_tokens", cacheRead);
        told.put("cache_write_5m_tokens", cacheWrite5m);
        told.put("cache_write_1h_tokens", cacheWrite1h);
        return told;
    }
}
