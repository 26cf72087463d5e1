package io.clauderoutes.simulator;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says how much of a prompt was read before. Prefixes below a minimum are not cached, and a prefix that is read again
 * lives on for its lifetime from then.
 */
final class PromptCache {

    private static final int SMALLEST_PREFIX = 1_024;
    private static final int MOST_PREFIXES = 10_000;

    private final Clock clock;
    private final Map<Long, Long> expiries = new LinkedHashMap<>();

    PromptCache(Clock clock) {
        this.clock = clock;
    }

    /** What this prompt would cost. The cache changes only when the offer is taken. */
    Offer offer(String model, PromptSize prompt) {
        if (!prompt.asksForCache()) {
            return new Offer(new Input(prompt.tokens(), 0, 0, 0), Map.of());
        }
        List<PromptSize.Piece> pieces = prompt.pieces();
        long[] keys = new long[pieces.size()];
        int[] tokens = new int[pieces.size()];
        long key = model.hashCode();
        int sum = 0;
        int end = -1;
        for (int i = 0; i < pieces.size(); i++) {
            key = mix(key, pieces.get(i).identity());
            sum += pieces.get(i).tokens();
            keys[i] = key;
            tokens[i] = sum;
            if (pieces.get(i).endsPrefix()) {
                end = i;
            }
        }
        int hit = tokens[end] < SMALLEST_PREFIX ? -1 : lastKnown(keys, end);
        int read = hit < 0 ? 0 : tokens[hit];
        int hour = 0;
        int minutes = 0;
        int before = read;
        Map<Long, Duration> prefixes = new LinkedHashMap<>();
        for (int i = 0; i <= end; i++) {
            PromptSize.Piece piece = pieces.get(i);
            if (!piece.endsPrefix() || tokens[i] < SMALLEST_PREFIX) {
                continue;
            }
            prefixes.put(keys[i], piece.lifetime());
            if (i > hit) {
                int written = tokens[i] - before;
                before = tokens[i];
                if (piece.lifetime().compareTo(Duration.ofHours(1)) >= 0) {
                    hour += written;
                } else {
                    minutes += written;
                }
            }
        }
        return new Offer(new Input(sum - read - minutes - hour, read, minutes, hour), prefixes);
    }

    synchronized void take(Offer offer) {
        long now = clock.millis();
        offer.prefixes().forEach((key, lifetime) -> {
            expiries.remove(key);
            expiries.put(key, now + lifetime.toMillis());
            if (expiries.size() > MOST_PREFIXES) {
                expiries.remove(expiries.keySet().iterator().next());
            }
        });
    }

    private synchronized int lastKnown(long[] keys, int end) {
        long now = clock.millis();
        int hit = end;
        while (hit >= 0 && expiries.getOrDefault(keys[hit], Long.MIN_VALUE) <= now) {
            hit--;
        }
        return hit;
    }

    private static long mix(long key, String text) {
        long hash = key;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash ^ (hash >>> 29);
    }

    /** The input's price, and the prefixes that live on when it is paid. */
    record Offer(Input input, Map<Long, Duration> prefixes) {}

    /** Input tokens by what they cost. */
    record Input(int fresh, int read, int writtenForMinutes, int writtenForAnHour) {

        int written() {
            return writtenForMinutes + writtenForAnHour;
        }

        /** What counts against the rate limit. */
        int limited() {
            return fresh + written();
        }
    }
}
