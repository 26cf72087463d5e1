package io.clauderoutes.simulator;

import java.time.Instant;

/**
 * What one answer was billed with.
 *
 * @param requestId the id that the answer's head told
 * @param at when the answer ended, or was cut
 */
public record Charge(String requestId, Instant at, String model, Tokens tokens) {
    /**
     * Billed tokens, by class.
     *
     * @param input fresh input tokens
     */
    public record Tokens(long input, long output, long cacheRead, long cacheWrite5m, long cacheWrite1h) {}

    BilledUsage usage() {
        return new BilledUsage(
                tokens.input(), tokens.output(), tokens.cacheRead(), tokens.cacheWrite5m() + tokens.cacheWrite1h());
    }

    Charge plus(Charge other) {
        return new Charge(
                requestId,
                at,
                model,
                new Tokens(
                        tokens.input() + other.tokens.input(),
                        tokens.output() + other.tokens.output(),
                        tokens.cacheRead() + other.tokens.cacheRead(),
                        tokens.cacheWrite5m() + other.tokens.cacheWrite5m(),
                        tokens.cacheWrite1h() + other.tokens.cacheWrite1h()));
    }
}
