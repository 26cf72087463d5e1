package io.clauderoutes.prediction;

import java.time.Duration;

/**
 * What is expected of a reply.
 *
 * @param tokens output tokens that half of such replies do not exceed
 * @param mostTokens output tokens that nine of ten such replies do not exceed
 * @param duration time from the call to the end of the reply that half of such replies do not exceed
 * @param longestDuration the same for nine of ten
 * @param firstToken time from the call to the first token
 * @param learned whether enough replies have ended for the learned weights; the packaged ones are used until then
 */
public record Prediction(
        long tokens,
        long mostTokens,
        Duration duration,
        Duration longestDuration,
        FirstToken firstToken,
        boolean learned) {

    /**
     * A time to the first token.
     *
     * @param median that half of such replies do not exceed
     * @param longest that 95 of 100 such replies do not exceed
     * @param replies that were measured
     */
    public record FirstToken(Duration median, Duration longest, long replies) {}
}
