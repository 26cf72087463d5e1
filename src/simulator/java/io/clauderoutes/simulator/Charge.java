package io.clauderoutes.simulator;

import java.time.Instant;

/**
 * What one answer was billed with.
 *
 * @param requestId the id that the answer's head told
 * @param at when the answer ended, or was cut
 * @param input fresh input tokens
 */
public record Charge(
        String requestId,
        Instant at,
        String model,
        long input,
        long output,
        long cacheRead,
        long cacheWrite5m,
        long cacheWrite1h) {

    BilledUsage usage() {
        return new BilledUsage(input, output, cacheRead, cacheWrite5m + cacheWrite1h);
    }

    Charge plus(Charge other) {
        return new Charge(
                requestId,
                at,
                model,
                input + other.input,
                output + other.output,
                cacheRead + other.cacheRead,
                cacheWrite5m + other.cacheWrite5m,
                cacheWrite1h + other.cacheWrite1h);
    }
}
