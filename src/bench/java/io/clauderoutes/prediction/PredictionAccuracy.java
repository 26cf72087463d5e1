package io.clauderoutes.prediction;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * How well replies are ranked by their length on prompts that the model has not seen: {@code java -Dprediction.data=prompts.jsonl
 * io.clauderoutes.prediction.PredictionAccuracy}. Each line of the file is {@code {"prompt": "…", "characters": {"<model>": 123, …}}}.
 * The model begins without weights, learns online from four fifths of the prompts, and ranks the pairs of the others. With
 * {@code -Dprediction.weights=file} it also writes weights that were learned from all prompts.
 */
public final class PredictionAccuracy {

    private static final int FOLDS = 5;
    private static final int SEEDS = 5;
    private static final double CHARS_PER_TOKEN = 4;

    private final PrintStream out;
    private final List<String> prompts = new ArrayList<>();
    private final Map<String, double[]> lengths = new TreeMap<>();

    private PredictionAccuracy(PrintStream out, Path file) throws IOException {
        this.out = out;
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(json.readTree(line));
        }
        double[] mean = new double[lines.size()];
        for (int i = 0; i < lines.size(); i++) {
            int at = i;
            prompts.add(lines.get(i).path("prompt").asText());
            JsonNode characters = lines.get(i).path("characters");
            characters.properties().forEach(model -> {
                lengths.computeIfAbsent(model.getKey(), name -> new double[lines.size()])[at] =
                        model.getValue().asDouble();
                mean[at] += model.getValue().asDouble() / characters.size();
            });
        }
        lengths.put("mean", mean);
    }

    public static void main(String[] args) throws IOException {
        PredictionAccuracy accuracy =
                new PredictionAccuracy(System.out, Path.of(System.getProperty("prediction.data", "prompts.jsonl")));
        accuracy.report();
        String weights = System.getProperty("prediction.weights");
        if (weights != null) {
            accuracy.train(Path.of(weights));
        }
    }

    private static PromptFacts facts(String prompt) {
        return new PromptFacts(
                "default", "model", new PromptFacts.Input(prompt, prompt.length(), prompt.length() / 4), 0, false, 0);
    }

    private void report() {
        PackagedWeights none = scale();
        out.println("| target | prompt length alone | lexical model, unseen prompts | with rules and history |"
                + " packaged weights |");
        out.println("| --- | --- | --- | --- | --- |");
        for (Map.Entry<String, double[]> target : lengths.entrySet()) {
            double[] byLength = prompts.stream().mapToDouble(String::length).toArray();
            List<Double> model = new ArrayList<>();
            List<Double> whole = new ArrayList<>();
            for (int seed = 1; seed <= SEEDS; seed++) {
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < prompts.size(); i++) {
                    order.add(i);
                }
                Collections.shuffle(order, new Random(seed));
                for (int fold = 0; fold < FOLDS; fold++) {
                    fold(none, target.getValue(), order, fold, model, whole);
                }
            }
            out.printf(
                    Locale.ROOT,
                    "| %s | %.3f | %s | %s | %.3f |%n",
                    target.getKey(),
                    ranked(byLength, target.getValue()),
                    mean(model),
                    mean(whole),
                    ranked(packaged(), target.getValue()));
        }
    }

    private double[] packaged() {
        ReplyPredictor predictor = new ReplyPredictor();
        return prompts.stream()
                .mapToDouble(prompt -> predictor.predict(facts(prompt)).tokens())
                .toArray();
    }

    private void fold(
            PackagedWeights none,
            double[] target,
            List<Integer> order,
            int fold,
            List<Double> model,
            List<Double> whole) {
        LengthModel lexical = new LengthModel(none.weights());
        ReplyPredictor predictor = new ReplyPredictor(none);
        List<Integer> test = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            int prompt = order.get(i);
            if (i % FOLDS == fold) {
                test.add(prompt);
                continue;
            }
            double tokens = target[prompt] / CHARS_PER_TOKEN;
            lexical.learn(none.scaled(PromptFeatures.of(facts(prompts.get(prompt)))), Math.log(Math.max(1, tokens)));
            predictor.learn(
                    facts(prompts.get(prompt)),
                    new Observation(Math.round(tokens), Duration.ofSeconds(1), Optional.of(Duration.ofMillis(100))));
        }
        double[] lexicalScores = test.stream()
                .mapToDouble(prompt -> lexical.predict(none.scaled(PromptFeatures.of(facts(prompts.get(prompt))))))
                .toArray();
        double[] scores = test.stream()
                .mapToDouble(
                        prompt -> predictor.predict(facts(prompts.get(prompt))).tokens())
                .toArray();
        double[] actual = test.stream().mapToDouble(prompt -> target[prompt]).toArray();
        model.add(ranked(lexicalScores, actual));
        whole.add(ranked(scores, actual));
    }

    private static String mean(List<Double> values) {
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        return String.format(Locale.ROOT, "%.3f (lowest fold %.3f)", mean, least);
    }

    /** The share of pairs with different lengths that the scores put into the right order; equal scores count half. */
    static double ranked(double[] scores, double[] actual) {
        double right = 0;
        double pairs = 0;
        for (int i = 0; i < actual.length; i++) {
            for (int j = i + 1; j < actual.length; j++) {
                if (actual[i] != actual[j]) {
                    pairs++;
                    double same = Math.signum(scores[i] - scores[j]) * Math.signum(actual[i] - actual[j]);
                    right += same > 0 ? 1 : same == 0 ? 0.5 : 0;
                }
            }
        }
        return right / pairs;
    }

    /** Features on a common scale, and no weights but the level. */
    private PackagedWeights scale() {
        int size = PromptFeatures.all().size();
        double[] means = new double[size];
        double[] deviations = new double[size];
        double[][] all =
                prompts.stream().map(prompt -> PromptFeatures.of(facts(prompt))).toArray(double[][]::new);
        for (int i = 0; i < size; i++) {
            int feature = i;
            means[i] = Arrays.stream(all)
                    .mapToDouble(each -> each[feature])
                    .average()
                    .orElse(0);
            double variance = Arrays.stream(all)
                    .mapToDouble(each -> Math.pow(each[feature] - means[feature], 2))
                    .average()
                    .orElse(0);
            deviations[i] = Math.max(0.05, Math.sqrt(variance));
        }
        double[] weights = new double[size];
        weights[0] = Math.log(300);
        return new PackagedWeights(means, deviations, weights);
    }

    /** Learns from all prompts and writes the weights. */
    private void train(Path file) throws IOException {
        PackagedWeights scale = scale();
        LengthModel model = new LengthModel(scale.weights());
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(1));
        double[] mean = lengths.get("mean");
        for (int prompt : order) {
            model.learn(
                    scale.scaled(PromptFeatures.of(facts(prompts.get(prompt)))),
                    Math.log(Math.max(1, mean[prompt] / CHARS_PER_TOKEN)));
        }
        Files.writeString(file, scale.describe(model.current()));
        out.println("weights written to " + file);
    }
}
