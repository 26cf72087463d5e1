package io.clauderoutes.prediction;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The weights that a new installation begins with: one line for each feature with its mean, its deviation and its weight. */
final class PackagedWeights {

    private static final String RESOURCE = "/io/clauderoutes/prediction/weights.txt";
    private static final double FARTHEST = 4;

    private final double[] means;
    private final double[] deviations;
    private final double[] weights;

    PackagedWeights(double[] means, double[] deviations, double[] weights) {
        this.means = means.clone();
        this.deviations = deviations.clone();
        this.weights = weights.clone();
    }

    /** Reads the packaged file. A feature without a line has no weight. */
    static PackagedWeights read() {
        try (InputStream file = PackagedWeights.class.getResourceAsStream(RESOURCE)) {
            return parse(new String(file.readAllBytes(), UTF_8).lines().toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the packaged weights of the prediction cannot be read", unreadable);
        }
    }

    static PackagedWeights parse(List<String> lines) {
        int size = PromptFeatures.all().size();
        double[] means = new double[size];
        double[] deviations = new double[size];
        double[] weights = new double[size];
        Arrays.fill(deviations, 1);
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(" ", -1);
            int feature = PromptFeatures.all().indexOf(parts[0]);
            if (feature >= 0) {
                means[feature] = Double.parseDouble(parts[1]);
                deviations[feature] = Double.parseDouble(parts[2]);
                weights[feature] = Double.parseDouble(parts[3]);
            }
        }
        return new PackagedWeights(means, deviations, weights);
    }

    /** The lines of a file with other weights on the same scale. */
    String describe(double[] others) {
        StringBuilder text = new StringBuilder("# feature mean deviation weight\n");
        for (int i = 0; i < others.length; i++) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s %.4f %.4f %.4f%n",
                    PromptFeatures.all().get(i),
                    means[i],
                    deviations[i],
                    others[i]));
        }
        return text.toString();
    }

    double[] weights() {
        return weights.clone();
    }

    /** Features on a common scale. */
    double[] scaled(double[] features) {
        double[] scaled = new double[features.length];
        scaled[0] = 1;
        for (int i = 1; i < features.length; i++) {
            scaled[i] = Math.max(-FARTHEST, Math.min(FARTHEST, (features[i] - means[i]) / deviations[i]));
        }
        return scaled;
    }
}
