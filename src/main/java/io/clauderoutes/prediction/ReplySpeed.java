package io.clauderoutes.prediction;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;

/** Times to the first token and times per token of one model. Not safe for use by two threads. */
final class ReplySpeed {

    private static final double HIGHEST_MILLIS = 600_000;
    private static final double HIGHEST_TOKEN_MILLIS = 10_000;
    private static final double LOWEST_TOKEN_MILLIS = 0.01;
    /** Replies of a size class after which its own times count alone. */
    private static final double ENOUGH = 20;

    private static final int SIZES = 3;
    private static final long SMALL = 2_000;
    private static final long MEDIUM = 20_000;
    private static final double FIRST_MILLIS = 600;
    private static final double TOKEN_MILLIS = 12;
    private static final double HALF = 0.5;
    private static final double NANOS = 1e6;
    /** Replies that the assumed times are worth. */
    private static final double ASSUMED = 2;

    private final LogHistogram[] first = new LogHistogram[SIZES];
    private final LogHistogram all = new LogHistogram(1, HIGHEST_MILLIS);
    private final LogHistogram perToken = new LogHistogram(LOWEST_TOKEN_MILLIS, HIGHEST_TOKEN_MILLIS);

    ReplySpeed() {
        for (int i = 0; i < SIZES; i++) {
            first[i] = new LogHistogram(1, HIGHEST_MILLIS);
        }
        all.add(FIRST_MILLIS, ASSUMED);
        perToken.add(TOKEN_MILLIS, ASSUMED);
    }

    private static int size(long inputTokens) {
        return inputTokens < SMALL ? 0 : inputTokens < MEDIUM ? 1 : 2;
    }

    /** Of a reply that came whole, the time to the first token is not known. */
    void learn(long inputTokens, Observation reply) {
        reply.firstToken().ifPresent(its -> {
            first[size(inputTokens)].add(millis(its));
            all.add(millis(its));
        });
        double begun = reply.firstToken().map(ReplySpeed::millis).orElseGet(() -> firstMillis(inputTokens, HALF));
        if (reply.outputTokens() > 1) {
            perToken.add(Math.max(0, millis(reply.duration()) - begun) / (reply.outputTokens() - 1));
        }
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / NANOS;
    }

    /** Replies of this size that were measured. */
    double measured(long inputTokens) {
        return first[size(inputTokens)].total();
    }

    double firstMillis(long inputTokens, double share) {
        LogHistogram sized = first[size(inputTokens)];
        return (sized.total() >= ENOUGH ? sized : all).quantile(share);
    }

    double tokenMillis(double share) {
        return perToken.quantile(share);
    }

    void write(DataOutput out) throws IOException {
        for (LogHistogram sized : first) {
            sized.write(out);
        }
        all.write(out);
        perToken.write(out);
    }

    void read(DataInput in) throws IOException {
        for (LogHistogram sized : first) {
            sized.read(in);
        }
        all.read(in);
        perToken.read(in);
    }
}
