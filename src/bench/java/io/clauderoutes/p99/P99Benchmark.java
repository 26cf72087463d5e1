package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.ReportFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures percentiles of latencies at endpoints that are a queue, and writes {@code src/docs/benchmarks/p99.md}. Runs that were made
 * are kept below {@code target}, so that a benchmark that was interrupted goes on with the rest.
 */
public final class P99Benchmark {

    private static final Path REPORT = Path.of("src", "docs", "benchmarks", "p99.md");
    /** So often a run is made again because other processes took part of the machine; then it counts all the same. */
    private static final int ROUNDS = 3;

    private static final int WARM_UP_CLIENTS = 16;

    private final BenchOptions options;
    private final PrintStream out;
    private final ResultFile results;
    private final Path folder;
    private final long end;

    private P99Benchmark(BenchOptions options, PrintStream out) throws IOException {
        this.options = options;
        this.out = out;
        this.folder = Files.createDirectories(Path.of("target", options.quick() ? "bench-p99-quick" : "bench-p99"))
                .toAbsolutePath();
        this.results = new ResultFile(folder.resolve("results.jsonl"));
        this.end = options.minutes() == 0
                ? Long.MAX_VALUE
                : System.nanoTime() + TimeUnit.MINUTES.toNanos(options.minutes());
    }

    /** Options are system properties: {@code bench.quick}, {@code bench.minutes}, {@code bench.others}. */
    public static void main(String... arguments) throws Exception {
        new P99Benchmark(BenchOptions.ofSystem(), System.out).run();
    }

    private void run() throws IOException, InterruptedException {
        List<Cell> cells = new ArrayList<>(Plan.cells(options.quick()));
        Map<String, String> absent = Installed.absent();
        cells.removeIf(cell -> absent.containsKey(cell.variant().name()));
        for (Condition condition : Condition.values()) {
            List<Cell> own = cells.stream()
                    .filter(cell -> cell.condition() == condition && left(List.of(cell)) > 0)
                    .toList();
            if (!own.isEmpty() && inTime()) {
                measure(condition, own);
            }
        }
        BatchThroughput batches = new BatchThroughput(folder, results, options.repeats());
        if (inTime()) {
            batches.measure(out);
        }
        int left = left(cells) + batches.left();
        String page = new P99Page(cells, results, options, new TreeMap<>(absent)).markdown(left);
        out.println(page);
        if (!options.quick()) {
            new ReportFile(REPORT, "p99", P99Benchmark.class.getSimpleName()).write(page);
            out.println("written into " + REPORT);
        }
        if (left > 0) {
            out.println(left + " runs are left. The same command goes on with them.");
        }
    }

    private boolean inTime() {
        return System.nanoTime() < end;
    }

    private int left(List<Cell> cells) {
        int left = 0;
        for (Cell cell : cells) {
            for (int repeat = 1; repeat <= options.repeats(); repeat++) {
                left += results.has(cell.key(), repeat) ? 0 : 1;
            }
        }
        return left;
    }

    private void measure(Condition condition, List<Cell> cells) throws IOException, InterruptedException {
        Path home = Files.createDirectories(folder.resolve(condition.name()));
        try (Endpoints endpoints = Endpoints.start(condition, Scale.FACTOR, home);
                Fronts fronts = new Fronts(Files.createTempDirectory(home, "run-"), endpoints)) {
            warmUp(cells, fronts);
            for (int round = 1; round <= ROUNDS; round++) {
                measure(cells, round, endpoints, fronts);
            }
        }
    }

    /** Each variant has its turn before the next repeat begins. */
    private void measure(List<Cell> cells, int round, Endpoints endpoints, Fronts fronts)
            throws IOException, InterruptedException {
        for (int repeat = 1; repeat <= options.repeats(); repeat++) {
            for (Cell cell : cells) {
                if (!results.has(cell.key(), repeat) && inTime()) {
                    measure(cell, repeat, round == ROUNDS && options.minutes() == 0, endpoints, fronts);
                }
            }
        }
    }

    private void warmUp(List<Cell> cells, Fronts fronts) throws IOException, InterruptedException {
        Load.Times times =
                new Load.Times(Duration.ZERO, options.warmUp(), options.times().drain());
        for (Variant variant : cells.stream().map(Cell::variant).distinct().toList()) {
            if (variant.hasProcess()) {
                out.println("starting and warming up " + variant.name());
                new Load(fronts.way(variant), variant.client(), variant.checked(), times).warmUp(WARM_UP_CLIENTS);
            }
        }
    }

    /** @param last whether the run counts although other processes had much of the machine */
    private void measure(Cell cell, int repeat, boolean last, Endpoints endpoints, Fronts fronts)
            throws IOException, InterruptedException {
        Variant variant = cell.variant();
        Bill before = endpoints.bill();
        Load load = new Load(fronts.way(variant), variant.client(), variant.checked(), options.times());
        OtherProcesses others = OtherProcesses.begin();
        Samples samples = load.run(cell.workload(), repeat);
        double disturbed = others.share();
        Result result = new Result(samples, load.sent(), endpoints.bill().minus(before), disturbed);
        boolean counts = last || disturbed * 100 <= options.othersPercent();
        if (counts) {
            results.add(cell.key(), repeat, result);
        }
        out.printf(
                "%s, run %d: %d requests, p99 %s s, failed %d, unfinished %d, others %.0f %%%s%n",
                cell.key(),
                repeat,
                samples.size(),
                P99Page.seconds(samples.percentile(99, Sample::complete)),
                samples.failed(),
                samples.unfinished(),
                disturbed * 100,
                counts ? "" : ": made again");
    }
}
