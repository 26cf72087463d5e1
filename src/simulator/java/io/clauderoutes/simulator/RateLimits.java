package io.clauderoutes.simulator;

import io.vertx.core.http.HttpServerResponse;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Token buckets per minute with continuous refill, one set for all clients. Output is taken as it is written, so its
 * bucket can be overdrawn; new calls then wait until it is above zero again.
 */
final class RateLimits {

    private static final double MILLIS_PER_MINUTE = 60_000.0;

    private final Clock clock;
    private final Bucket requests;
    private final Bucket input;
    private final Bucket output;
    private final boolean unlimited;

    RateLimits(SimulatorSettings settings, Clock clock) {
        this.clock = clock;
        long now = clock.millis();
        this.requests = new Bucket(settings.rates().requestsPerMinute(), now);
        this.input = new Bucket(settings.rates().inputTokensPerMinute(), now);
        this.output = new Bucket(settings.rates().outputTokensPerMinute(), now);
        this.unlimited = !requests.limits() && !input.limits() && !output.limits();
    }

    /** Takes one request and its input from the buckets, or nothing at all. */
    void admit(int inputTokens) throws RefusedCall {
        if (unlimited) {
            return;
        }
        synchronized (this) {
            refill();
            refuseUnless(requests, 1, "requests");
            refuseUnless(input, inputTokens, "input tokens");
            refuseUnless(output, 1, "output tokens");
            requests.level -= 1;
            input.level -= inputTokens;
        }
    }

    void produced(int outputTokens) {
        if (unlimited) {
            return;
        }
        synchronized (this) {
            refill();
            output.level -= outputTokens;
        }
    }

    /** The headers that tell a client where it stands, limit, remaining and reset for each bucket in use. */
    private List<Map.Entry<String, String>> headers() {
        if (unlimited) {
            return List.of();
        }
        List<Map.Entry<String, String>> headers = new ArrayList<>(12);
        synchronized (this) {
            refill();
            describe(headers, "requests", requests.limit, requests.level, requests.millisToFull());
            if (input.limits() && output.limits()) {
                double both = Math.max(0, input.level) + Math.max(0, output.level);
                double rounded = Math.rint(both / 1000) * 1000;
                long limit = (long) input.limit + output.limit;
                double millis = Math.max(input.millisToFull(), output.millisToFull());
                describe(headers, "tokens", limit, rounded, millis);
            } else if (input.limits()) {
                describe(headers, "tokens", input.limit, input.level, input.millisToFull());
            } else if (output.limits()) {
                describe(headers, "tokens", output.limit, output.level, output.millisToFull());
            }
            describe(headers, "input-tokens", input.limit, input.level, input.millisToFull());
            describe(headers, "output-tokens", output.limit, output.level, output.millisToFull());
        }
        return headers;
    }

    void describeTo(HttpServerResponse response) {
        headers().forEach(header -> response.putHeader(header.getKey(), header.getValue()));
    }

    private void describe(
            List<Map.Entry<String, String>> headers, String name, long limit, double level, double millisToFull) {
        if (limit == 0) {
            return;
        }
        Instant reset = clock.instant()
                .plusMillis((long) Math.ceil(millisToFull))
                .plusMillis(999)
                .truncatedTo(ChronoUnit.SECONDS);
        headers.add(Map.entry("anthropic-ratelimit-" + name + "-limit", Long.toString(limit)));
        headers.add(Map.entry("anthropic-ratelimit-" + name + "-remaining", Long.toString((long)
                Math.max(0, Math.min((double) limit, level)))));
        headers.add(Map.entry("anthropic-ratelimit-" + name + "-reset", reset.toString()));
    }

    private static void refuseUnless(Bucket bucket, int needed, String what) throws RefusedCall {
        if (!bucket.limits() || bucket.level >= needed) {
            return;
        }
        double missing = Math.min(needed, bucket.limit) - bucket.level;
        long seconds = Math.max(1, (long) Math.ceil(missing * MILLIS_PER_MINUTE / bucket.limit / 1000));
        throw new RefusedCall(new ErrorReply(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of " + bucket.limit + " " + what
                        + " per minute",
                "",
                Map.of("retry-after", Long.toString(seconds))));
    }

    private void refill() {
        long now = clock.millis();
        requests.refill(now);
        input.refill(now);
        output.refill(now);
    }

    private static final class Bucket {
        private final int limit;
        private double level;
        private long at;

        Bucket(int limit, long now) {
            this.limit = limit;
            this.level = limit;
            this.at = now;
        }

        boolean limits() {
            return limit > 0;
        }

        void refill(long now) {
            level = Math.min(limit, level + (now - at) * limit / MILLIS_PER_MINUTE);
            at = now;
        }

        double millisToFull() {
            return limit == 0 ? 0 : (limit - level) * MILLIS_PER_MINUTE / limit;
        }
    }
}
