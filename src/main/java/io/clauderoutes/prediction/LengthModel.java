package io.clauderoutes.prediction;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A linear model of the logarithm of the output tokens, fitted by recursive least squares: each sample changes the weights once, and
 * the result is that of a ridge regression around the first weights. Learning is for one thread; predicting is for any.
 */
final class LengthModel {

    /** Samples that the first weights are worth. */
    private static final double PRIOR = 200;
    /** Uncertainty that each sample adds, so that old samples fade. */
    private static final double DRIFT = 1e-7;
    /** A sample farther off than this counts as if it were this far off. */
    private static final double FARTHEST = 2.5;

    private final double[] initial;
    private final double[][] covariance;
    private volatile double[] weights;
    private long samples;

    LengthModel(double[] initial) {
        this.initial = initial.clone();
        this.covariance = new double[initial.length][initial.length];
        reset();
    }

    private void reset() {
        weights = initial.clone();
        samples = 0;
        for (int i = 0; i < initial.length; i++) {
            Arrays.fill(covariance[i], 0);
            covariance[i][i] = first(i);
        }
    }

    /** The first feature is always one: its weight is the level, which differs between models and is learned quickly. */
    private static double first(int feature) {
        return feature == 0 ? 1 : 1 / PRIOR;
    }

    long samples() {
        return samples;
    }

    /** The weights as they are now. */
    double[] current() {
        return weights.clone();
    }

    /** What the weights as they are now give. */
    double predict(double[] features) {
        return dot(weights, features);
    }

    /** What the first weights give. */
    double predictUntrained(double[] features) {
        return dot(initial, features);
    }

    private static double dot(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }

    void learn(double[] features, double target) {
        int size = features.length;
        double[] spread = new double[size];
        double noise = 1;
        for (int i = 0; i < size; i++) {
            spread[i] = dot(covariance[i], features);
            noise += spread[i] * features[i];
        }
        double[] next = weights.clone();
        double error = target - dot(next, features);
        double step = Math.max(-FARTHEST, Math.min(FARTHEST, error)) / noise;
        boolean finite = true;
        for (int i = 0; i < size; i++) {
            next[i] += spread[i] * step;
            finite &= Double.isFinite(next[i]);
            double share = spread[i] / noise;
            for (int j = 0; j < size; j++) {
                covariance[i][j] -= share * spread[j];
            }
            covariance[i][i] = Math.min(first(i), Math.max(DRIFT, covariance[i][i] + DRIFT));
        }
        if (!finite) {
            reset();
            return;
        }
        weights = next;
        samples++;
    }

    void write(DataOutput out) throws IOException {
        out.writeInt(initial.length);
        out.writeLong(samples);
        double[] now = weights;
        for (int i = 0; i < now.length; i++) {
            out.writeDouble(now[i]);
            for (int j = 0; j <= i; j++) {
                out.writeDouble(covariance[i][j]);
            }
        }
    }

    void read(DataInput in) throws IOException {
        if (in.readInt() != initial.length) {
            throw new IOException("it has other features");
        }
        samples = in.readLong();
        double[] read = new double[initial.length];
        for (int i = 0; i < read.length; i++) {
            read[i] = finite(in.readDouble());
            for (int j = 0; j <= i; j++) {
                covariance[i][j] = finite(in.readDouble());
                covariance[j][i] = covariance[i][j];
            }
        }
        weights = read;
    }

    private static double finite(double number) throws IOException {
        if (!Double.isFinite(number)) {
            throw new IOException("a weight is not a number");
        }
        return number;
    }
}
