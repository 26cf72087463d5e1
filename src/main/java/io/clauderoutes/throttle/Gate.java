package io.clauderoutes.throttle;

import io.clauderoutes.ClaudeSettings.Limit;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException.RateLimited;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BlockingStrategy;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One pair of limits: requests at work at the same time, and tokens per second. Both are waited for in order of arrival. */
final class Gate {

    private static final int MILLI_RATE = 1000;

    private final String setting;
    private final Limit limit;
    private final LongSupplier ticker;
    private final Optional<Semaphore> inFlight;
    private final Optional<Bucket> bucket;

    /** @param setting prefix of the settings that these limits come from, to be named in refusals */
    Gate(String setting, Limit limit, LongSupplier ticker) {
        this.setting = setting;
        this.limit = limit;
        this.ticker = ticker;
        this.inFlight = limit.inFlight() > 0 ? Optional.of(new Semaphore(limit.inFlight(), true)) : Optional.empty();
        this.bucket = limit.rate() > 0 ? Optional.of(bucket(limit, ticker)) : Optional.empty();
    }

    private static Bucket bucket(Limit limit, LongSupplier ticker) {
        return Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(limit.capacity())
                        .refillGreedy(
                                Math.max(1, Math.round(limit.rate() * MILLI_RATE)), Duration.ofSeconds(MILLI_RATE))
                        .build())
                .withCustomTimePrecision(new TimeMeter() {
                    @Override
                    public long currentTimeNanos() {
                        return ticker.getAsLong();
                    }

                    @Override
                    public boolean isWallClockBased() {
                        return false;
                    }
                })
                .build();
    }

    /** Takes a place and {@code tokens}, or nothing. */
    void enter(long tokens, long deadline) {
        if (bucket.isPresent() && tokens > limit.capacity()) {
            throw full("the request takes " + tokens + " tokens and " + setting + ".capacity=" + limit.capacity()
                    + " holds fewer");
        }
        takePlace(deadline);
        if (!takeTokens(tokens, deadline)) {
            leave();
            throw full(setting + ".rate=" + limit.rate() + " tokens per second are used up");
        }
    }

    private void takePlace(long deadline) {
        if (inFlight.isPresent()) {
            try {
                if (!inFlight.get().tryAcquire(0, TimeUnit.NANOSECONDS)
                        && !inFlight.get().tryAcquire(deadline - ticker.getAsLong(), TimeUnit.NANOSECONDS)) {
                    throw full(setting + ".in-flight=" + limit.inFlight() + " requests are at work");
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw full("the bundle is stopping");
            }
        }
    }

    private boolean takeTokens(long tokens, long deadline) {
        if (bucket.isEmpty()) {
            return true;
        }
        long nanos = deadline - ticker.getAsLong();
        try {
            return nanos <= 0
                    ? bucket.get().tryConsume(tokens)
                    : bucket.get().asBlocking().tryConsume(tokens, nanos, BlockingStrategy.PARKING);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private RateLimited full(String why) {
        return new RateLimited(ApiError.ours(429, "rate_limit_error", why));
    }

    /** Gives the place back; tokens that were used are gone. */
    void leave() {
        inFlight.ifPresent(Semaphore::release);
    }

    /** Gives everything back, for the request was turned away elsewhere. */
    void leaveUnused(long tokens) {
        leave();
        bucket.ifPresent(held -> held.addTokens(tokens));
    }

    int taken() {
        return inFlight.map(places -> limit.inFlight() - places.availablePermits())
                .orElse(0);
    }
}
