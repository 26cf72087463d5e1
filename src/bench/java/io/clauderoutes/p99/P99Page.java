package io.clauderoutes.p99;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import io.clauderoutes.sidebyside.Machine;
import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** The results as Markdown. */
final class P99Page {

    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final double P99 = 99;
    private static final double MICROS = 1e6;
    private static final String NOTHING = "–";
    /** The published table, and the queue that it describes, by computation. */
    private static final Map<Integer, double[]> PUBLISHED =
            Map.of(10, new double[] {2.8, 2.83}, 50, new double[] {6.5, 7.20}, 100, new double[] {12.1, 12.55});

    private final List<Cell> cells;
    private final ResultFile results;
    private final BenchOptions options;
    private final Map<String, String> absent;

    P99Page(List<Cell> cells, ResultFile results, BenchOptions options, Map<String, String> absent) {
        this.cells = cells;
        this.results = results;
        this.options = options;
        this.absent = absent;
    }

    /** @param left runs that are not made yet */
    String markdown(int left) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(LocalDate.now(ZoneOffset.UTC)).append("; ").append(Machine.description());
        text.append(format(
                "; up to %d runs of %d s of each row (%d s as reported), after %s s of lead.%n",
                options.repeats(),
                options.times().measured().toSeconds(),
                options.times().measured().toSeconds() * Scale.FACTOR,
                options.times().lead().toMillis() / 1e3));
        text.append(format(
                "Other processes had at most %.0f %% of the processors during a run.%n", largestShareOfOthers() * 100));
        if (left > 0) {
            text.append("\nRuns that are not made yet: ").append(left).append(". Rows without a run are left out.\n");
        }
        absent.forEach((name, reason) -> text.append("\n")
                .append(name)
                .append(" is left out: ")
                .append(reason)
                .append(".\n"));
        text.append("\n### Targets\n\n").append(new Targets(results, options.repeats()).markdown());
        baseline(text);
        for (Condition condition : Condition.values()) {
            table(text, condition);
        }
        return text.toString();
    }

    private double largestShareOfOthers() {
        return cells.stream()
                .flatMap(cell -> result(cell).stream())
                .mapToDouble(Result::others)
                .max()
                .orElse(0);
    }

    private void baseline(StringBuilder text) {
        text.append("\n### The baseline\n\n");
        header(text, List.of("clients", "published p99, s", "the queue by computation, s", "measured, s", "deviation"));
        PUBLISHED.keySet().stream().sorted().forEach(clients -> {
            Cell cell = new Cell(Condition.QUEUE, Variant.PLAIN, Workload.closed(clients));
            double expected = PUBLISHED.get(clients)[1];
            result(cell).ifPresent(result -> {
                long micros = result.samples().percentile(P99, Sample::complete);
                double measured = micros == Sample.NEVER ? Double.POSITIVE_INFINITY : micros / MICROS * Scale.FACTOR;
                row(
                        text,
                        List.of(
                                clients.toString(),
                                format("%.1f", PUBLISHED.get(clients)[0]),
                                format("%.2f", expected),
                                format("%.2f", measured),
                                format("%+.0f %%", (measured / expected - 1) * 100)));
            });
        });
    }

    private void table(StringBuilder text, Condition condition) {
        List<Cell> measured = cells.stream()
                .filter(cell -> cell.condition() == condition && result(cell).isPresent())
                .toList();
        if (measured.isEmpty()) {
            return;
        }
        text.append("\n### Latency ").append(condition.title()).append("\n\n");
        header(
                text,
                List.of(
                        "load",
                        "way",
                        "runs",
                        "requests",
                        "first text, s",
                        "first verified text, s",
                        "complete, s",
                        "p99 ÷ plain",
                        "failed",
                        "unfinished (oldest, s)",
                        "worst client's p99, s",
                        "calls per request",
                        "tokens per request"));
        measured.forEach(cell -> row(text, figures(cell, result(cell).orElseThrow())));
    }

    private List<String> figures(Cell cell, Result result) {
        Samples samples = result.samples();
        List<String> row = new ArrayList<>();
        row.add(cell.workload().title());
        row.add(cell.variant().name());
        row.add(Integer.toString(results.runs(cell.key(), options.repeats())));
        row.add(format("%,d", samples.size()));
        row.add(percentiles(samples, Sample::firstText));
        row.add(percentiles(samples, Sample::verified));
        row.add(percentiles(samples, Sample::complete));
        row.add(ratio(cell, samples));
        row.add(samples.failed() == 0 ? "0" : format("%.2f %%", result.failedPercent()));
        row.add(samples.unfinished() == 0 ? "0" : samples.unfinished() + " (" + seconds(samples.oldest()) + ")");
        row.add(seconds(samples.worstClient(P99)));
        row.add(format("%.2f", result.callsPerRequest()));
        row.add(format("%,.0f", result.tokensPerRequest()));
        return row;
    }

    private static String percentiles(Samples samples, ToLongFunction<Sample> which) {
        List<String> all = new ArrayList<>();
        for (double percent : PERCENTILES) {
            all.add(seconds(samples.percentile(percent, which)));
        }
        return String.join(" / ", all);
    }

    /** The p99 of the complete reply, compared with that of the plain client under the same load. */
    private String ratio(Cell cell, Samples samples) {
        Workload load = cell.workload();
        Workload unique = new Workload(load.clients(), load.load(), 0);
        Optional<Result> plain = result(new Cell(cell.condition(), Variant.PLAIN, unique));
        long own = samples.percentile(P99, Sample::complete);
        long other = plain.map(result -> result.samples().percentile(P99, Sample::complete))
                .orElse(Sample.NEVER);
        return cell.variant().equals(Variant.PLAIN) || own == Sample.NEVER || other == Sample.NEVER
                ? NOTHING
                : format("%.2f", (double) own / other);
    }

    private Optional<Result> result(Cell cell) {
        return results.all(cell.key(), options.repeats());
    }

    /** Reported seconds of real microseconds; an infinite time has its sign. */
    static String seconds(long micros) {
        return micros == Sample.NEVER ? "∞" : format("%.2f", micros / MICROS * Scale.FACTOR);
    }
}
