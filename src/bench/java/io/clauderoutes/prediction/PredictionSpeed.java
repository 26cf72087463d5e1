package io.clauderoutes.prediction;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a prediction and a lesson cost: {@code java io.clauderoutes.prediction.PredictionSpeed}. */
public final class PredictionSpeed {

    private static final int WARM_UP = 200_000;
    private static final int MEASURED = 200_000;
    private static final double MICRO = 1_000.0;

    private static final List<String> PROMPTS = List.of(
            "Is the sea deep? Answer yes or no.",
            "Write a detailed essay of 2000 words about the history of the sea, with examples, and compare the oceans.",
            "Summarize the following text in three sentences.\n\n"
                    + "The sea is deep and wide and full of fish. ".repeat(90),
            "\u6d77\u306f\u6df1\u3044\u3067\u3059\u304b\u3002".repeat(60));

    private PredictionSpeed() {}

    public static void main(String[] args) {
        ReplyPredictor predictor = new ReplyPredictor();
        List<PromptFacts> facts = PROMPTS.stream()
                .map(text -> new PromptFacts(
                        "tenant",
                        "model",
                        new PromptFacts.Input(text, text.length(), text.length() / 4),
                        4096,
                        false,
                        0))
                .toList();
        long sum = 0;
        for (int i = 0; i < WARM_UP; i++) {
            sum += predictor.predict(facts.get(i % facts.size())).tokens();
        }
        System.out.println("| prompt, characters | p50, \u00b5s | p99, \u00b5s |");
        System.out.println("| --- | --- | --- |");
        for (PromptFacts each : facts) {
            long[] nanos = new long[MEASURED / facts.size()];
            for (int i = 0; i < nanos.length; i++) {
                long start = System.nanoTime();
                sum += predictor.predict(each).tokens();
                nanos[i] = System.nanoTime() - start;
            }
            print("predict, " + each.input().length(), nanos);
        }
        long[] nanos = new long[MEASURED / facts.size()];
        Observation reply = new Observation(100, Duration.ofSeconds(1), Optional.of(Duration.ofMillis(300)));
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            predictor.learn(facts.get(i % facts.size()), reply);
            nanos[i] = System.nanoTime() - start;
        }
        print("learn, mixed", nanos);
        System.out.println("(" + sum + " tokens predicted)");
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f |%n",
                what,
                nanos[nanos.length / 2] / MICRO,
                nanos[nanos.length * 99 / 100] / MICRO);
    }
}
