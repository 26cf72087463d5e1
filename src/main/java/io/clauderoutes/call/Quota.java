package io.clauderoutes.call;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException.RateLimited;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Usage;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BlockingStrategy;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * What one endpoint lets us do per minute. Tokens are reserved before a call by an estimate and settled after it by what the
 * endpoint told; what the endpoint says of its own limits counts for more than what we think.
 */
final class Quota {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String endpoint;
    private final ClaudeSettings.Quota settings;
    private final LongSupplier ticker;
    private final Optional<Bucket> requests;
    private final Optional<Bucket> input;
    private final Optional<Bucket> output;
    private final AtomicLong pausedUntil;
    private volatile double toldLeft = 1;
    private volatile long toldNanos;

    Quota(String endpoint, ClaudeSettings.Quota settings, LongSupplier ticker) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.ticker = ticker;
        this.requests = bucket(settings.requests());
        this.input = bucket(settings.inputTokens());
        this.output = bucket(settings.outputTokens());
        this.pausedUntil = new AtomicLong(ticker.getAsLong());
        this.toldNanos = ticker.getAsLong();
    }

    private Optional<Bucket> bucket(long perMinute) {
        if (perMinute == 0) {
            return Optional.empty();
        }
        TimeMeter meter = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return ticker.getAsLong();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
        return Optional.of(Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(perMinute)
                        .refillGreedy(perMinute, MINUTE)
                        .build())
                .withCustomTimePrecision(meter)
                .build());
    }

    /** Tokens that a call has reserved. */
    record Reservation(long input, long output) {}

    /** How long the endpoint has asked everybody to wait; zero if it has not. */
    Duration pause() {
        return Duration.ofNanos(Math.max(0, pausedUntil.get() - ticker.getAsLong()));
    }

    /** The endpoint wants no calls for a while. */
    void pause(Duration wait) {
        long until = ticker.getAsLong() + wait.toNanos();
        pausedUntil.accumulateAndGet(until, (held, asked) -> asked - held > 0 ? asked : held);
    }

    /** The smallest share of its limits that is left, as we count and as the endpoint told in the last minute; 1 without limits. */
    double left() {
        double left = ticker.getAsLong() - toldNanos < MINUTE.toNanos() ? toldLeft : 1;
        return Math.max(
                0,
                Math.min(
                        left,
                        Math.min(
                                left(requests, settings.requests()),
                                Math.min(left(input, settings.inputTokens()), left(output, settings.outputTokens())))));
    }

    private static double left(Optional<Bucket> limit, long perMinute) {
        return limit.map(bucket -> (double) bucket.getAvailableTokens() / perMinute)
                .orElse(1.0);
    }

    /**
     * Waits in order until the quota allows the call.
     *
     * @throws RateLimited at once if it will not by {@code deadline}
     */
    Reservation reserve(MessagesRequest request, long deadline) {
        long wantedInput = request.estimatedInputTokens();
        long wantedOutput = request.maxTokens();
        take(requests, 1, deadline, "requests-per-minute");
        try {
            take(input, wantedInput, deadline, "input-tokens-per-minute");
            try {
                take(output, wantedOutput, deadline, "output-tokens-per-minute");
            } catch (RateLimited full) {
                input.ifPresent(bucket -> bucket.addTokens(wantedInput));
                throw full;
            }
        } catch (RateLimited full) {
            requests.ifPresent(bucket -> bucket.addTokens(1));
            throw full;
        }
        return new Reservation(wantedInput, wantedOutput);
    }

    private void take(Optional<Bucket> limit, long tokens, long deadline, String what) {
        if (limit.isEmpty()) {
            return;
        }
        Bucket bucket = limit.get();
        try {
            long nanos = deadline - ticker.getAsLong();
            boolean taken = nanos > 0
                    ? bucket.asBlocking().tryConsume(tokens, nanos, BlockingStrategy.PARKING)
                    : bucket.tryConsume(tokens);
            if (taken) {
                return;
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        throw new RateLimited(ApiError.ours(
                429,
                "rate_limit_error",
                "claude.endpoints." + endpoint + "." + what + " is used up, and the request takes " + tokens));
    }

    /** Replaces what was reserved by what was used; what the endpoint did not tell stays as reserved. */
    void settle(Reservation reservation, Usage usage) {
        usage.input()
                .ifPresent(used -> correct(
                        input, reservation.input(), used + usage.cacheWrite().orElse(0)));
        usage.output().ifPresent(used -> correct(output, reservation.output(), used));
    }

    /** The call was refused before it cost anything. */
    void giveBack(Reservation reservation) {
        correct(input, reservation.input(), 0);
        correct(output, reservation.output(), 0);
    }

    private static void correct(Optional<Bucket> limit, long reserved, long used) {
        limit.ifPresent(bucket -> {
            if (used < reserved) {
                bucket.addTokens(reserved - used);
            } else if (used > reserved) {
                bucket.consumeIgnoringRateLimits(used - reserved);
            }
        });
    }

    /** Believes the endpoint when it says that less is left than we thought. */
    void told(Map<String, String> headers) {
        double left = Math.min(
                told(requests, headers, "requests"),
                Math.min(told(input, headers, "input-tokens"), told(output, headers, "output-tokens")));
        if (left <= 1) {
            toldLeft = left;
            toldNanos = ticker.getAsLong();
        }
    }

    /** The share that the endpoint says is left; more than 1 if it says nothing. */
    private static double told(Optional<Bucket> limit, Map<String, String> headers, String what) {
        String remaining = headers.get("anthropic-ratelimit-" + what + "-remaining");
        if (remaining == null) {
            return 2;
        }
        try {
            long left = Long.parseLong(remaining);
            limit.ifPresent(bucket -> {
                long more = bucket.getAvailableTokens() - left;
                if (more > 0) {
                    bucket.tryConsume(more);
                }
            });
            long most = Long.parseLong(headers.getOrDefault("anthropic-ratelimit-" + what + "-limit", ""));
            return most <= 0 ? 2 : Math.min(1, (double) left / most);
        } catch (NumberFormatException junk) {
            // it says nothing
            return 2;
        }
    }
}
