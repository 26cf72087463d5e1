package io.clauderoutes.call.endpoint;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.Usage;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.settings.QuotaSettings;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What one endpoint lets us do per minute. Tokens are reserved before a call by an estimate and settled after it by what the
 * endpoint told; what the endpoint says of its own limits counts for more than what we think.
 */
public final class Quota {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String endpoint;
    private final QuotaSettings settings;
    private final LongSupplier ticker;
    private final Optional<Bucket> requests;
    private final Optional<Bucket> input;
    private final Optional<Bucket> output;
    private final AtomicReference<Pause> pause;
    private final Map<Object, Long> waitingSince = new ConcurrentHashMap<>();
    private volatile Told toldRequests = new Told(Integer.MAX_VALUE, 0, 0);
    private volatile Told toldInput = toldRequests;
    private volatile double toldLeft = 1;
    private volatile long toldNanos;

    Quota(String endpoint, QuotaSettings settings, LongSupplier ticker) {
        this(endpoint, settings, ticker, new AtomicReference<>(new Pause(ticker.getAsLong(), 0)));
    }

    private Quota(String endpoint, QuotaSettings settings, LongSupplier ticker, AtomicReference<Pause> pause) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.ticker = ticker;
        this.requests = bucket(settings.requests());
        this.input = bucket(settings.inputTokens());
        this.output = bucket(settings.outputTokens());
        this.pause = pause;
        this.toldNanos = ticker.getAsLong();
    }

    /** The same with other limits, which begin full. A pause that the endpoint has asked for holds for both. */
    Quota with(QuotaSettings limits) {
        return new Quota(endpoint, limits, ticker, pause);
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
    public record Reservation(long input, long output) {}

    /**
     * A wait that the endpoint has asked for.
     *
     * @param fromTokens estimated input tokens of the smallest request that it holds for
     */
    private record Pause(long untilNanos, long fromTokens) {}

    /**
     * What the endpoint said of one of its limits. What is left grows to the whole in a minute, as the API's token buckets do
     * (https://docs.claude.com/en/api/rate-limits).
     *
     * @param perMinute the limit
     */
    private record Told(long left, long perMinute, long nanos) {
        long at(long nowNanos) {
            long age = nowNanos - nanos;
            return age >= MINUTE.toNanos()
                    ? Integer.MAX_VALUE
                    : left + (long) ((double) perMinute * age / MINUTE.toNanos());
        }
    }

    /** How many requests like this one the endpoint's own limits leave, as its last response says; very many if it says nothing. */
    public int callsLeft(MessagesRequest request) {
        long now = ticker.getAsLong();
        return (int) Math.min(
                Integer.MAX_VALUE, Math.min(toldRequests.at(now), toldInput.at(now) / request.estimatedInputTokens()));
    }

    /** How long the endpoint has asked requests like this one to wait; zero if it has not. */
    public Duration pause(MessagesRequest request) {
        Pause held = pause.get();
        long left = held.untilNanos - ticker.getAsLong();
        return left <= 0 || request.estimatedInputTokens() < held.fromTokens ? Duration.ZERO : Duration.ofNanos(left);
    }

    /**
     * The endpoint refused a request for its limits. Where it says that requests are left, it is tokens that are not, and smaller
     * requests may still go.
     *
     * @param headers of the refusal
     */
    public void pause(Duration wait, MessagesRequest refused, Map<String, String> headers) {
        boolean requestsLeft = headers.getOrDefault("anthropic-ratelimit-requests-remaining", "")
                .matches("0*[1-9][0-9]*");
        long now = ticker.getAsLong();
        Pause asked = new Pause(now + wait.toNanos(), requestsLeft ? refused.estimatedInputTokens() : 0);
        pause.accumulateAndGet(asked, (held, its) -> {
            if (held.untilNanos - now <= 0) {
                return its;
            }
            return new Pause(
                    Math.max(held.untilNanos - now, its.untilNanos - now) + now,
                    Math.min(held.fromTokens, its.fromTokens));
        });
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
     * @param cancelled whether the call is no longer needed
     * @throws RateLimited at once if it will not by {@code deadline}
     */
    public Reservation reserve(MessagesRequest request, long deadline, BooleanSupplier cancelled) {
        long wantedInput = request.estimatedInputTokens();
        long wantedOutput = request.maxTokens();
        take(requests, 1, deadline, cancelled, "requests-per-minute");
        try {
            take(input, wantedInput, deadline, cancelled, "input-tokens-per-minute");
            try {
                take(output, wantedOutput, deadline, cancelled, "output-tokens-per-minute");
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

    private void take(Optional<Bucket> limit, long tokens, long deadline, BooleanSupplier cancelled, String what) {
        if (limit.isEmpty()) {
            return;
        }
        Bucket bucket = limit.get();
        if (bucket.tryConsume(tokens)) {
            return;
        }
        Object waiting = new Object();
        waitingSince.put(waiting, ticker.getAsLong());
        try {
            long nanos = deadline - ticker.getAsLong();
            boolean taken = nanos > 0 ? taken(bucket, tokens, nanos, cancelled) : bucket.tryConsume(tokens);
            if (taken) {
                return;
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            waitingSince.remove(waiting);
        }
        throw new RateLimited(ApiError.ours(
                429,
                "rate_limit_error",
                "claude.endpoints." + endpoint + "." + what + " is used up, and the request takes " + tokens));
    }

    /** How long the request has waited that waits longest; 0 while none does. */
    long oldestWaitNanos() {
        long now = ticker.getAsLong();
        return waitingSince.values().stream()
                .mapToLong(since -> now - since)
                .max()
                .orElse(0);
    }

    /** Waits for tokens, and gives them back if the call is cancelled before they are available. */
    private static boolean taken(Bucket bucket, long tokens, long nanos, BooleanSupplier cancelled)
            throws InterruptedException {
        boolean[] given = {true};
        boolean taken = bucket.asBlocking().tryConsume(tokens, nanos, wait -> {
            given[0] = CancellableWait.waited(wait, cancelled);
        });
        if (taken && !given[0]) {
            bucket.addTokens(tokens);
        }
        return taken && given[0];
    }

    /** Replaces what was reserved by what was used; what the endpoint did not tell stays as reserved. */
    public void settle(Reservation reservation, Usage usage) {
        usage.input()
                .ifPresent(used -> correct(
                        input, reservation.input(), used + usage.cacheWrite().orElse(0)));
        usage.output().ifPresent(used -> correct(output, reservation.output(), used));
    }

    /** The call was refused before it cost anything. */
    public void giveBack(Reservation reservation) {
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
    public void told(Map<String, String> headers) {
        double left = Math.min(
                told(requests, headers, "requests"),
                Math.min(told(input, headers, "input-tokens"), told(output, headers, "output-tokens")));
        toldRequests = told(headers, "requests", toldRequests);
        toldInput = told(headers, "input-tokens", toldInput);
        if (left <= 1) {
            toldLeft = left;
            toldNanos = ticker.getAsLong();
        }
    }

    private Told told(Map<String, String> headers, String what, Told before) {
        String remaining = headers.get("anthropic-ratelimit-" + what + "-remaining");
        if (remaining == null) {
            return before;
        }
        try {
            String limit = headers.getOrDefault("anthropic-ratelimit-" + what + "-limit", "0");
            return new Told(Long.parseLong(remaining), Long.parseLong(limit), ticker.getAsLong());
        } catch (NumberFormatException junk) {
            return before;
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
