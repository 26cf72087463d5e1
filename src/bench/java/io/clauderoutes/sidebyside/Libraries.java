package io.clauderoutes.sidebyside;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The same load from one JVM each, through this bundle's {@code direct:claude} and through other Java libraries. */
final class Libraries {

    private static final List<String> NAMES = List.of("bundle", "anthropic-java", "langchain4j");
    private static final List<Load> LOADS = List.of(Load.WHOLE, Load.BURST);
    private static final int WARM_UP_THREADS = 10;
    private static final double MILLI = 1e6;
    private static final double SECOND = 1e9;

    private final Options options;
    private final PrintStream out;
    private final Map<Cell, List<LibraryJvm.Figures>> figures = new LinkedHashMap<>();

    private record Cell(Load load, int threads, String name) {}

    Libraries(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** Runs all of it and returns the tables. */
    String markdown() throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder(new Setting(options).markdown());
        List<LibraryJvm> jvms = new ArrayList<>();
        try (Parties parties = new Parties(options)) {
            for (String name : NAMES) {
                jvms.add(parties.library(name));
            }
            for (LibraryJvm jvm : jvms) {
                out.println("warming up " + jvm.name());
                for (Load load : LOADS) {
                    jvm.run(load, WARM_UP_THREADS, TimeUnit.SECONDS.toMillis(options.warmUpSeconds()) / LOADS.size());
                }
            }
            for (int round = 0; round < options.rounds(); round++) {
                round(jvms);
                Collections.rotate(jvms, -1);
            }
            LOADS.forEach(load -> table(text, load));
            text.append("\nResident memory at the end:");
            jvms.forEach(jvm -> text.append(format(" %s %.0f MB;", jvm.name(), jvm.residentBytes() / MILLI)));
        } finally {
            jvms.forEach(LibraryJvm::close);
        }
        return text.append('\n').toString();
    }

    private void round(List<LibraryJvm> jvms) throws IOException {
        for (Load load : LOADS) {
            for (int threads : options.callers()) {
                for (LibraryJvm jvm : jvms) {
                    figures.computeIfAbsent(new Cell(load, threads, jvm.name()), cell -> new ArrayList<>())
                            .add(jvm.run(load, threads, TimeUnit.SECONDS.toMillis(options.seconds())));
                }
            }
        }
    }

    private void table(StringBuilder text, Load load) {
        text.append("\n### As a library: ").append(load.title()).append("\n\n");
        header(text, List.of("threads", "library", "calls/s", "rounds", "median ms", "p99 ms", "CPU, µs per call"));
        figures.forEach((cell, rounds) -> {
            if (cell.load() == load) {
                row(text, cells(cell, rounds));
            }
        });
    }

    /** Median and 99th percentile are those of the middle round. */
    private static List<String> cells(Cell cell, List<LibraryJvm.Figures> rounds) {
        List<LibraryJvm.Figures> slowestFirst = rounds.stream()
                .sorted((one, other) -> Double.compare(rate(one), rate(other)))
                .toList();
        LibraryJvm.Figures middle = slowestFirst.get(slowestFirst.size() / 2);
        return List.of(
                Integer.toString(cell.threads()),
                cell.name(),
                format("%,.0f", rate(middle)),
                format("%,.0f–%,.0f", rate(slowestFirst.get(0)), rate(slowestFirst.get(slowestFirst.size() - 1))),
                format("%.2f", middle.median() / MILLI),
                format("%.2f", middle.p99() / MILLI),
                format("%.0f", middle.cpu() / 1e3 / middle.calls()));
    }

    private static double rate(LibraryJvm.Figures one) {
        return one.calls() * SECOND / one.nanos();
    }
}
