package io.clauderoutes.simulator;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How many calls the simulator serves at the same time, and how long each of them takes. The time of a reply is its tokens divided by
 * {@link SimulatorSettings#tokensPerSecond()}. Zero means "no such thing" throughout.
 *
 * @param slots calls that are served at the same time; further calls wait, first come, first served
 * @param replyTokens mean length of replies whose prompt names no length
 * @param replyTokensSigma standard deviation of the logarithm of these lengths, which are log-normal
 * @param firstTokenPercent share of a reply's time that passes before its first token
 * @param stragglerPercent how many of 100 calls take longer
 * @param stragglerFactor how many times as long these take
 * @param handshake from the opening of a connection until its first request is read
 */
public record Capacity(
        int slots,
        int replyTokens,
        double replyTokensSigma,
        double firstTokenPercent,
        double stragglerPercent,
        double stragglerFactor,
        Duration handshake) {

    private static final double ALL = 100.0;
    private static final double MOST_BEFORE_TEXT = 95.0;
    private static final double LARGEST_SIGMA = 3.0;
    private static final double MILLIS = 1e3;

    public Capacity {
        if (slots < 0 || replyTokens < 0) {
            throw new IllegalArgumentException("slots and replyTokens must not be negative (0 for none), but are "
                    + slots + " and " + replyTokens);
        }
        within("replyTokensSigma", replyTokensSigma, 0, LARGEST_SIGMA);
        within("firstTokenPercent", firstTokenPercent, 0, MOST_BEFORE_TEXT);
        within("stragglerPercent", stragglerPercent, 0, ALL);
        within("stragglerFactor", stragglerFactor, 1, ALL);
        if (handshake.isNegative()) {
            throw new IllegalArgumentException("handshake must not be negative, but is " + handshake);
        }
    }

    private static void within(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + " must be from " + (int) least + " to " + (int) most + ", but is " + value);
        }
    }

    /** Any number of calls, replies of a few sentences, no stragglers, no handshake. */
    public static Capacity unlimited() {
        return new Capacity(0, 0, 0, 0, 0, 1, Duration.ZERO);
    }

    public Capacity withSlots(int value) {
        return new Capacity(
                value, replyTokens, replyTokensSigma, firstTokenPercent, stragglerPercent, stragglerFactor, handshake);
    }

    public Capacity withReplyTokens(int mean, double sigma) {
        return new Capacity(slots, mean, sigma, firstTokenPercent, stragglerPercent, stragglerFactor, handshake);
    }

    public Capacity withFirstTokenPercent(double value) {
        return new Capacity(slots, replyTokens, replyTokensSigma, value, stragglerPercent, stragglerFactor, handshake);
    }

    public Capacity withStragglers(double percent, double factor) {
        return new Capacity(slots, replyTokens, replyTokensSigma, firstTokenPercent, percent, factor, handshake);
    }

    public Capacity withHandshake(Duration value) {
        return new Capacity(
                slots, replyTokens, replyTokensSigma, firstTokenPercent, stragglerPercent, stragglerFactor, value);
    }

    /** The length of one reply in tokens, at least one. The same state of the generator gives the same length. */
    int length(SplittableRandom random) {
        double median = replyTokens * Math.exp(-replyTokensSigma * replyTokensSigma / 2);
        return (int) Math.max(1, Math.round(median * Math.exp(replyTokensSigma * random.nextGaussian())));
    }

    /** The usual delivery of a reply of so many tokens: a share of its time passes before its first token, and stragglers take longer. */
    Manner manner(Manner usual, int tokens, SplittableRandom random) {
        double factor = stragglerPercent > 0 && random.nextDouble() * ALL < stragglerPercent ? stragglerFactor : 1;
        double before = firstTokenPercent / ALL;
        double wait = usual.tokensPerSecond() == 0 ? 0 : before * tokens / usual.tokensPerSecond() * MILLIS;
        double latency = (usual.latency().toNanos() / 1e6 + wait) * factor;
        int speed = usual.tokensPerSecond() == 0
                ? 0
                : (int) Math.max(1, Math.round(usual.tokensPerSecond() / factor / (1 - before)));
        return usual.timed(Duration.ofNanos((long) (latency * 1e6)), speed);
    }
}
