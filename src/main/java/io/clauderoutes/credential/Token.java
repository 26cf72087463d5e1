package io.clauderoutes.credential;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** What is shown to an endpoint, and for how long it will do. Its text is in no other method than {@link #value}. */
public final class Token {

    private static final Duration MOST_SOFT = Duration.ofMinutes(4);
    private static final Duration MOST_HARD = Duration.ofSeconds(45);

    private final String value;
    private final long softNanos;
    private final long hardNanos;
    private final long expiresNanos;
    private volatile boolean used;
    private volatile boolean accepted;

    private Token(String value, long softNanos, long hardNanos, long expiresNanos) {
        this.value = value;
        this.softNanos = softNanos;
        this.hardNanos = hardNanos;
        this.expiresNanos = expiresNanos;
    }

    /** One that does not expire by itself. */
    static Token lasting(String value) {
        return new Token(value, 0, 0, 0);
    }

    /**
     * One that expires. From a fifth of its life before the end, four minutes at most and a tenth more or less by chance, it is
     * renewed while it serves; from a twentieth, 45 seconds at most, its renewal is waited for. Shares keep a token of a few
     * seconds from being renewed with each call.
     */
    static Token of(TokenSource.Issued issued, RandomGenerator random) {
        long life = issued.lifetime().toNanos();
        long soft = Math.min(life / 5, MOST_SOFT.toNanos());
        long jitter = (long) (soft * (random.nextDouble() - 0.5) / 5);
        long hard = Math.min(life / 20, MOST_HARD.toNanos());
        long expires = issued.sinceNanos() + life;
        return new Token(issued.value(), expires - soft - jitter, expires - hard, expires);
    }

    String value() {
        return value;
    }

    boolean isFresh(long nowNanos) {
        return nowNanos - softNanos < 0;
    }

    boolean isSafe(long nowNanos) {
        return nowNanos - hardNanos < 0;
    }

    boolean isValid(long nowNanos) {
        return nowNanos - expiresNanos < 0;
    }

    long expiresNanos() {
        return expiresNanos;
    }

    void use() {
        used = true;
    }

    /** Whether a call has used it. An unused token is not renewed ahead of time. */
    boolean isUsed() {
        return used;
    }

    void accept() {
        accepted = true;
    }

    /** Whether an endpoint has taken it at least once. */
    boolean isAccepted() {
        return accepted;
    }

    @Override
    public String toString() {
        return "Token[" + (accepted ? "accepted" : "not tried") + "]";
    }
}
