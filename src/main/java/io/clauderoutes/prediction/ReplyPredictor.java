package io.clauderoutes.prediction;

import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Predicts replies and learns from them. The packaged weights decide until {@value #ENOUGH} replies have ended. Safe for use by any
 * number of threads; its lock is held for the few steps of one prediction or one sample only.
 */
public final class ReplyPredictor {

    /** Replies after which the learned weights decide. */
    static final int ENOUGH = 200;

    private static final int VERSION = 1;
    private static final int MOST_MODELS = 64;
    private static final long SHORTEST = 1;
    private static final double MOST = 0.9;
    private static final double HALF = 0.5;
    private static final double FIRST_TOKEN_MOST = 0.95;
    private static final double LEAST_RATIO = 1 / 50.0;
    private static final double GREATEST_RATIO = 50;
    private static final double ASSUMED_DEVIATION = 0.6;
    private static final int ASSUMED_REPLIES = 40;
    private static final double NANOS = 1e6;
    /** The weight of a length that the text asks for. */
    private static final double ASKED = 0.85;

    private final PackagedWeights packaged;
    private final ReentrantLock lock = new ReentrantLock();
    private final LengthModel lengths;
    private final History history = new History();
    private final LogHistogram ratios = new LogHistogram(LEAST_RATIO, GREATEST_RATIO);
    private final Map<String, ReplySpeed> speeds = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ReplySpeed> eldest) {
            return size() > MOST_MODELS;
        }
    };

    private final ReplySpeed assumed = new ReplySpeed();

    /** Begins with the packaged weights. */
    public ReplyPredictor() {
        this(PackagedWeights.read());
    }

    ReplyPredictor(PackagedWeights packaged) {
        this.packaged = packaged;
        this.lengths = new LengthModel(packaged.weights());
        for (int i = 0; i < ASSUMED_REPLIES; i++) {
            double quantile = (i + HALF) / ASSUMED_REPLIES;
            ratios.add(Math.exp(ASSUMED_DEVIATION * normal(quantile)));
        }
    }

    /** The quantile of the normal distribution, by the logistic approximation. */
    private static double normal(double share) {
        return Math.log(share / (1 - share)) / 1.702;
    }

    /** Predicts the reply to a request. */
    public Prediction predict(PromptFacts facts) {
        double[] features = PromptFeatures.of(facts);
        double[] scaled = packaged.scaled(features);
        long[] keys = History.keys(facts);
        lock.lock();
        try {
            boolean learned = lengths.samples() >= ENOUGH;
            double level = level(features, scaled, learned) + history.correction(keys);
            long bound = facts.maxTokens() > 0 ? facts.maxTokens() : Long.MAX_VALUE;
            long tokens = tokens(level, HALF, bound);
            long most = Math.max(tokens, tokens(level, MOST, bound));
            ReplySpeed speed = speeds.getOrDefault(facts.model(), assumed);
            long input = facts.input().tokens();
            double token = speed.tokenMillis(HALF);
            return new Prediction(
                    tokens,
                    most,
                    duration(speed.firstMillis(input, HALF) + (double) tokens * token),
                    duration(speed.firstMillis(input, MOST) + (double) most * token),
                    new Prediction.FirstToken(
                            duration(speed.firstMillis(input, HALF)),
                            duration(speed.firstMillis(input, FIRST_TOKEN_MOST)),
                            (long) speed.measured(input)),
                    learned);
        } finally {
            lock.unlock();
        }
    }

    /** The logarithm of the expected tokens. A length that the text asks for counts more than all cues. */
    private double level(double[] features, double[] scaled, boolean learned) {
        double level = learned ? lengths.predict(scaled) : lengths.predictUntrained(scaled);
        OptionalDouble asked = PromptFeatures.tokensAskedFor(features);
        return asked.isPresent() ? ASKED * Math.log(asked.getAsDouble()) + (1 - ASKED) * level : level;
    }

    private long tokens(double level, double share, long bound) {
        double tokens = Math.exp(level) * ratios.quantile(share);
        return Math.max(SHORTEST, Math.min(bound, Math.round(Math.min(Integer.MAX_VALUE, tokens))));
    }

    private static Duration duration(double millis) {
        return Duration.ofNanos(Math.round(millis * NANOS));
    }

    /** Learns from a reply that ended. */
    public void learn(PromptFacts facts, Observation reply) {
        double[] features = PromptFeatures.of(facts);
        double[] scaled = packaged.scaled(features);
        long[] keys = History.keys(facts);
        double target = Math.log((double) Math.max(1, reply.outputTokens()));
        lock.lock();
        try {
            boolean learned = lengths.samples() >= ENOUGH;
            double level = level(features, scaled, learned);
            ratios.add(Math.exp(target - level - history.correction(keys)));
            history.learn(keys, target - level);
            lengths.learn(scaled, target);
            speeds.computeIfAbsent(facts.model(), model -> new ReplySpeed())
                    .learn(facts.input().tokens(), reply);
        } finally {
            lock.unlock();
        }
    }

    /** Replies that it has learned from. */
    public long samples() {
        lock.lock();
        try {
            return lengths.samples();
        } finally {
            lock.unlock();
        }
    }

    /** Length of what {@link #write} writes. */
    int bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(new DataOutputStream(bytes));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.size();
    }

    void write(DataOutput out) throws IOException {
        lock.lock();
        try {
            out.writeInt(VERSION);
            lengths.write(out);
            history.write(out);
            ratios.write(out);
            out.writeInt(speeds.size());
            for (Map.Entry<String, ReplySpeed> speed : speeds.entrySet()) {
                out.writeUTF(speed.getKey());
                speed.getValue().write(out);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Reads what {@link #write} wrote. After a failure the predictor must not be used. */
    void read(DataInput in) throws IOException {
        lock.lock();
        try {
            int version = in.readInt();
            if (version != VERSION) {
                throw new IOException("its version is " + version);
            }
            lengths.read(in);
            history.read(in);
            ratios.read(in);
            int models = in.readInt();
            if (models < 0 || models > MOST_MODELS) {
                throw new IOException("it has " + models + " models");
            }
            for (int i = 0; i < models; i++) {
                ReplySpeed speed = new ReplySpeed();
                String model = in.readUTF();
                speed.read(in);
                speeds.put(model, speed);
            }
        } finally {
            lock.unlock();
        }
    }
}
