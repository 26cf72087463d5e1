package io.clauderoutes.redact;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A million characters through all built-in kinds. Operations per second are megabytes per second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RedactBenchmark {

    private static final int LENGTH = 1_000_000;

    @Param({"16"})
    int delta;

    @Param({"prose", "secrets"})
    String content;

    private final RedactionPolicy policy = new RedactionPolicy(RedactionSettings.all());
    private final StringBuilder out = new StringBuilder(LENGTH * 2);
    private String whole;
    private List<String> deltas;

    @Setup
    public void write() {
        whole = text(content.equals("secrets"));
        deltas = new ArrayList<>();
        for (int from = 0; from < whole.length(); from += delta) {
            deltas.add(whole.substring(from, Math.min(whole.length(), from + delta)));
        }
    }

    @Benchmark
    public int stream() {
        out.setLength(0);
        TextRedactor redactor = policy.redactor();
        for (String piece : deltas) {
            redactor.append(piece, out);
        }
        redactor.flush(out);
        return out.length();
    }

    @Benchmark
    public int stringsInAndOut() {
        int length = 0;
        TextRedactor redactor = policy.redactor();
        for (String piece : deltas) {
            length += redactor.append(piece).length();
        }
        return length;
    }

    @Benchmark
    public int wholeText() {
        return policy.redactor().redact(whole).length();
    }

    private static String text(boolean secrets) {
        List<String> sentences = List.of(
                "The pipeline reads each message from the queue, enriches it and hands it on to the next stage. ",
                "In 2024 there were 37 of them; by the end of March only 12 remained, as figure 3.1 shows. ",
                "See https://example.org/docs/getting-started?lang=en#install for the details.\n\n",
                "- **First**, stop the service.\n- Then call `systemctl restart camel-routes.service`.\n",
                "\"Nothing to see here,\" she said (or so it seemed), and went back to work. ",
                "for (int i = 0; i < values.length; i++) { total += values[i] * weights[i]; }\n",
                "Der schnelle braune Fuchs springt über den faulen Hund, naïvely. ");
        List<String> personal = List.of(
                "My card is 4111-1111-1111-1111 and my number is 123-45-6789. ",
                "Write to jane.doe@example.com or call +44 20 7946 0958. ",
                "export ANTHROPIC_API_KEY=sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789\n",
                "Please pay to DE89 3704 0044 0532 0130 00 by Friday. ");
        Random random = new Random(42);
        StringBuilder text = new StringBuilder();
        while (text.length() < LENGTH) {
            text.append(sentences.get(random.nextInt(sentences.size())));
            if (secrets && random.nextInt(5) == 0) {
                text.append(personal.get(random.nextInt(personal.size())));
            }
        }
        return text.substring(0, LENGTH);
    }
}
