package io.clauderoutes.simulator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The tokens that were given out and are still good. */
final class TokensGiven {

    /** Tokens of the API's own exchange begin like this, and want a beta with them. */
    static final String EXCHANGED = "sk-ant-oat01-sim-";

    static final String GRANTED = "sim-at-";

    private final Clock clock;
    private final Map<String, Instant> good = new ConcurrentHashMap<>();
    private final AtomicLong number = new AtomicLong();

    TokensGiven(Clock clock) {
        this.clock = clock;
    }

    String give(String beginning, Duration lifetime) {
        Instant now = clock.instant();
        good.values().removeIf(expires -> !expires.isAfter(now));
        String token =
                beginning + Long.toString(now.toEpochMilli(), Character.MAX_RADIX) + "-" + number.incrementAndGet();
        good.put(token, now.plus(lifetime));
        return token;
    }

    boolean isOurs(String token) {
        return token.startsWith(EXCHANGED) || token.startsWith(GRANTED);
    }

    boolean isGood(String token) {
        Instant expires = good.get(token);
        return expires != null && expires.isAfter(clock.instant());
    }

    void revokeAll() {
        good.clear();
    }
}
