package io.clauderoutes.p99;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** The figures that were to be reached, and what limits those that were not. */
final class Targets {

    private static final double P99 = 99;
    private static final double MICROS = 1e6;
    private static final double PERCENT = 100;
    private static final double LATENCY = -60;
    private static final double FAILURES = 0.1;
    private static final double CALLS = -60;
    private static final double THROUGHPUT = 2.5;
    private static final int SLOTS_OF_TWO = 2 * Condition.SLOTS;

    private final ResultFile results;
    private final int repeats;

    Targets(ResultFile results, int repeats) {
        this.results = results;
        this.repeats = repeats;
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        header(
                text,
                List.of("figure", "load", "plain client", "everything on", "change", "target", "reached", "limit"));
        for (int questions : new int[] {0, Plan.QUESTIONS}) {
            for (int clients : new int[] {50, 100}) {
                latency(text, "p99, complete reply", clients, questions, Sample::complete);
            }
        }
        for (int questions : new int[] {0, Plan.QUESTIONS}) {
            for (int clients : new int[] {10, 50, 100}) {
                latency(text, "p99, first verified text", clients, questions, Sample::verified);
            }
        }
        failures(text);
        calls(text);
        throughput(text);
        return text.toString();
    }

    private void latency(StringBuilder text, String figure, int clients, int questions, ToLongFunction<Sample> which) {
        Workload closed = Workload.closed(clients);
        Workload load = questions == 0 ? closed : closed.zipf(questions);
        Optional<Result> plain = result(Condition.QUEUE, Variant.PLAIN, closed);
        Optional<Result> everything = result(Condition.QUEUE, Variant.EVERYTHING, load);
        if (plain.isEmpty() || everything.isEmpty()) {
            return;
        }
        double before = seconds(plain.get(), which);
        double after = seconds(everything.get(), which);
        double change = (after / before - 1) * PERCENT;
        boolean reached = after <= before * (1 + LATENCY / PERCENT);
        row(
                text,
                List.of(
                        figure,
                        load.title(),
                        format("%.2f s", before),
                        format("%.2f s", after),
                        format("%+.1f %%", change),
                        format("%.0f %%", LATENCY),
                        reached ? "yes" : "no",
                        reached ? "" : limit(clients, questions)));
    }

    private static String limit(int clients, int questions) {
        double mean = clients * Condition.MEAN.toMillis() / 1e3 / SLOTS_OF_TWO;
        return questions == 0
                ? format(
                        "%d slots of both endpoints: %d clients without think time wait %.1f s on average",
                        SLOTS_OF_TWO, clients, mean)
                : "questions that the cache does not have wait for the " + SLOTS_OF_TWO
                        + " slots; who gets a cached reply asks the next question at once";
    }

    private void failures(StringBuilder text) {
        for (Workload load : List.of(Workload.closed(50), Workload.open(0.9))) {
            for (Variant variant : List.of(Variant.EVERYTHING_WHOLE, Variant.EVERYTHING)) {
                Optional<Result> plain = result(Condition.BROKEN, Variant.PLAIN, load);
                Optional<Result> ours = result(Condition.BROKEN, variant, load);
                if (plain.isEmpty() || ours.isEmpty()) {
                    continue;
                }
                boolean reached = ours.get().failedPercent() <= FAILURES;
                row(
                        text,
                        List.of(
                                "failed requests, " + variant.name(),
                                load.title(),
                                format("%.1f %%", plain.get().failedPercent()),
                                format("%.2f %%", ours.get().failedPercent()),
                                "",
                                format("≤ %.1f %%", FAILURES),
                                reached ? "yes" : "no",
                                reached
                                        ? ""
                                        : "a stream that breaks after its first text was sent on cannot be called again"));
            }
        }
    }

    private void calls(StringBuilder text) {
        for (double share : new double[] {0.8, 0.9, 0.95}) {
            Workload load = Workload.open(share).zipf(Plan.QUESTIONS);
            result(Condition.QUEUE, Variant.EVERYTHING, load).ifPresent(result -> {
                double change = (result.callsPerRequest() - 1) * PERCENT;
                boolean reached = change <= CALLS;
                row(
                        text,
                        List.of(
                                "upstream calls per request",
                                load.title(),
                                "1.00",
                                format("%.2f", result.callsPerRequest()),
                                format("%+.0f %%", change),
                                format("%.0f %%", CALLS),
                                reached ? "yes" : "no",
                                reached ? "" : "each run begins with an empty cache and is shorter than its 60 s"));
            });
        }
    }

    private void throughput(StringBuilder text) {
        Optional<BatchThroughput.Speeds> speeds = BatchThroughput.speeds(results, repeats);
        if (speeds.isEmpty()) {
            return;
        }
        for (BatchThroughput.Way way : List.of(BatchThroughput.Way.GROUPS, BatchThroughput.Way.BATCHES)) {
            double ratio = speeds.get().of(way) / speeds.get().of(BatchThroughput.Way.SINGLE);
            boolean reached = ratio >= THROUGHPUT;
            row(
                    text,
                    List.of(
                            "prompts per second, " + way.title(),
                            BatchThroughput.PROMPTS + " prompts",
                            format("%.1f", speeds.get().of(BatchThroughput.Way.SINGLE)),
                            format("%.1f", speeds.get().of(way)),
                            format("%.2f ×", ratio),
                            format("≥ %.1f ×", THROUGHPUT),
                            reached ? "yes" : "no",
                            reached ? "" : way.limit()));
        }
    }

    private Optional<Result> result(Condition condition, Variant variant, Workload load) {
        return results.all(new Cell(condition, variant, load).key(), repeats);
    }

    private static double seconds(Result result, ToLongFunction<Sample> which) {
        long micros = result.samples().percentile(P99, which);
        return micros == Sample.NEVER ? Double.POSITIVE_INFINITY : micros / MICROS * Scale.FACTOR;
    }
}
