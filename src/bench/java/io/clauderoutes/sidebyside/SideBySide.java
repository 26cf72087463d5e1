package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs the same load over several ways to the same upstream, in turn and repeatedly, and tells how they compare. */
public final class SideBySide {

    private static final Path REPORT = Path.of("src/docs/benchmarks.md");
    private static final long LEAD_MILLIS = 300;
    private static final long SHORT_WARM_UP_MILLIS = 3000;
    private static final int MANY_CALLERS = 100;

    private final Options options;
    private final PrintStream out;
    private final LoadClient client = new LoadClient();
    private final ProcessCost ourselves = ProcessCost.ourselves();
    private final Tables tables = new Tables();

    private SideBySide(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(Options.HELP);
            return;
        }
        Options options;
        try {
            options = Options.of(arguments);
        } catch (IllegalArgumentException mistake) {
            System.err.println(mistake.getMessage() + "; see --help");
            System.exit(2);
            return;
        }
        new SideBySide(options, System.out).run();
    }

    private void run() throws IOException, InterruptedException {
        String report = options.libraries() ? new Libraries(options, out).markdown() : overHttp();
        out.println(report);
        if (options.write()) {
            new ReportFile(REPORT, options.libraries() ? "libraries" : "side-by-side", "src/bench/side-by-side.sh")
                    .write(report);
            out.println("written into " + REPORT);
        }
    }

    private String overHttp() throws IOException, InterruptedException {
        StringBuilder report = new StringBuilder(new Setting(options).markdown());
        try (Parties parties = new Parties(options)) {
            List<Contender> contenders = parties.contenders(options.ways());
            Memory memory = new Memory(contenders);
            for (Contender contender : contenders) {
                warmUp(contender);
            }
            for (int round = 0; round < options.rounds(); round++) {
                round(parties, contenders, round);
                // Whoever was first in this round is last in the next.
                Collections.rotate(contenders, -1);
            }
            report.append(tables.markdown()).append(memory.markdown());
            if (options.cold() > 0) {
                report.append(new ColdStarts(parties, client).markdown(options.cold()));
            }
        }
        return report.toString();
    }

    private void warmUp(Contender contender) throws IOException {
        out.println("warming up " + contender.name());
        long millis = contender.jit() ? TimeUnit.SECONDS.toMillis(options.warmUpSeconds()) : SHORT_WARM_UP_MILLIS;
        // A paced stream goes the way of any stream, but has too few calls to warm it.
        Set<Load> loads = options.loads().stream()
                .map(load -> load == Load.PACED ? Load.STREAM : load)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        for (Load load : loads) {
            client.run(new LoadClient.Cell(contender, load, MANY_CALLERS, 0, millis / loads.size()), Phases.NONE);
        }
    }

    private void round(Parties parties, List<Contender> contenders, int round) throws IOException {
        for (Load load : options.loads()) {
            for (int callers : options.callers()) {
                out.println("round " + (round + 1) + " of " + options.rounds() + ": " + load.title() + ", " + callers
                        + " callers");
                for (Contender contender : contenders) {
                    // A remembered reply has no pace.
                    if (load == Load.PACED && !contender.unique()) {
                        continue;
                    }
                    measure(parties, contender, load, callers);
                }
            }
        }
    }

    private void measure(Parties parties, Contender contender, Load load, int callers) throws IOException {
        long before = parties.upstreamCalls();
        CpuMeter cpu = new CpuMeter(
                contender.server().cost(), ourselves, parties.upstream().cost());
        LoadClient.Run run = client.run(
                new LoadClient.Cell(
                        contender, load, callers, LEAD_MILLIS, TimeUnit.SECONDS.toMillis(options.seconds())),
                cpu);
        tables.of(load, callers, contender.name()).add(run, cpu.spent(), parties.upstreamCalls() - before);
    }
}
