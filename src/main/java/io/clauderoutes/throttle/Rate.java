package io.clauderoutes.throttle;

import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.settings.ThrottleLimitSettings;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** A token bucket: tokens per second, waited for in order of arrival. */
final class Rate {

    private static final int MILLI_RATE = 1000;

    private final String setting;
    private final ThrottleLimitSettings limit;
    private final LongSupplier ticker;
    private final Optional<Bucket> bucket;

    /** @param setting prefix of the settings that the limit comes from, which refusals name */
    Rate(String setting, ThrottleLimitSettings limit, LongSupplier ticker) {
        this.setting = setting;
        this.limit = limit;
        this.ticker = ticker;
        this.bucket = limit.rate() > 0 ? Optional.of(bucket(limit, ticker)) : Optional.empty();
    }

    private static Bucket bucket(ThrottleLimitSettings limit, LongSupplier ticker) {
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

    /** Whether the bucket is one for this limit. */
    boolean isFor(ThrottleLimitSettings other) {
        return limit.rate() == other.rate() && limit.capacity() == other.capacity();
    }

    /**
     * Takes {@code tokens}, or none.
     *
     * @param deadline until when they are waited for, in the ticker's time
     * @param cancelled whether the tokens are no longer needed
     * @throws io.clauderoutes.ClaudeException.RateLimited if they are not there in time
     */
    void take(long tokens, long deadline, BooleanSupplier cancelled) {
        if (bucket.isEmpty()) {
            return;
        }
        if (tokens > limit.capacity()) {
            throw Permits.full("the request takes " + tokens + " tokens and " + setting + ".capacity="
                    + limit.capacity() + " holds fewer");
        }
        if (!taken(bucket.get(), tokens, deadline - ticker.getAsLong(), cancelled)) {
            throw Permits.full(setting + ".rate=" + limit.rate() + " tokens per second are used up");
        }
    }

    private static boolean taken(Bucket bucket, long tokens, long nanos, BooleanSupplier cancelled) {
        if (nanos <= 0) {
            return bucket.tryConsume(tokens);
        }
        boolean[] waited = {true};
        try {
            boolean taken = bucket.asBlocking()
                    .tryConsume(tokens, nanos, wait -> waited[0] = CancellableWait.waited(wait, cancelled));
            if (taken && !waited[0]) {
                bucket.addTokens(tokens);
            }
            return taken && waited[0];
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Gives tokens back that were not used, because the request was refused elsewhere. */
    void giveBack(long tokens) {
        bucket.ifPresent(held -> held.addTokens(tokens));
    }
}
