package io.clauderoutes.sidebyside;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/** The results as Markdown: one table for each load. */
final class Tables {

    private static final String CACHE = "bundle-cache";
    private static final double MEDIAN = 50;
    private static final double LONGEST = 100;
    private static final double P99 = 99;
    private static final double PERCENT = 100;

    private record Key(Load load, int callers, String way) {}

    private final Map<Key, Result> results = new LinkedHashMap<>();

    /** The result of a cell, to which rounds are added. */
    Result of(Load load, int callers, String way) {
        return results.computeIfAbsent(new Key(load, callers, way), key -> new Result());
    }

    /** All tables, with what was wrong below them. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        for (Load load : Load.values()) {
            if (results.keySet().stream().anyMatch(key -> key.load() == load)) {
                table(text, load);
            }
        }
        text.append('\n');
        redactionCosts().forEach(cost -> text.append("- ").append(cost).append('\n'));
        remarks().forEach(remark -> text.append("- ").append(remark).append('\n'));
        return text.toString();
    }

    private void table(StringBuilder text, Load load) {
        List<String> columns = new ArrayList<>(List.of("callers", "way"));
        if (load == Load.PACED) {
            columns.addAll(List.of(
                    "first token, median ms", "added", "p99 ms", "added", "gap, median ms", "p99 ms", "longest"));
        } else {
            columns.addAll(List.of(load.stream() ? "streams/s" : "calls/s", "rounds", "÷ nginx", "÷ Portkey"));
            columns.addAll(List.of("median ms", "added", "p99 ms", "added"));
        }
        columns.addAll(List.of("CPU, µs per call", "callers' CPU", "upstream's CPU"));
        text.append("\n### ").append(capital(load.title())).append("\n\n");
        header(text, columns);
        results.forEach((key, result) -> {
            if (key.load() == load) {
                row(text, cells(key, result));
            }
        });
    }

    private List<String> cells(Key key, Result result) {
        List<String> cells = new ArrayList<>(List.of(Integer.toString(key.callers()), key.way()));
        if (key.load() == Load.PACED) {
            figures(cells, key, result, Tally::firstDelta);
            cells.add(millis(result.tally().gap(), MEDIAN));
            cells.add(millis(result.tally().gap(), P99));
            cells.add(millis(result.tally().gap(), LONGEST));
        } else {
            cells.add(format("%,.0f", result.rate()));
            cells.add(format("%,.0f–%,.0f", result.slowestRound(), result.fastestRound()));
            cells.add(ratio(key, result, "nginx"));
            cells.add(ratio(key, result, "portkey"));
            figures(cells, key, result, Tally::whole);
        }
        cells.add(key.way().equals("direct") ? "" : format("%.0f", result.cpuMicrosPerCall()));
        cells.add(format("%.0f %%", result.clientCpu() * PERCENT));
        cells.add(format("%.0f %%", result.upstreamCpu() * PERCENT));
        return cells;
    }

    private void figures(List<String> cells, Key key, Result result, Function<Tally, Histogram> which) {
        Histogram histogram = which.apply(result.tally());
        Result direct = results.get(new Key(key.load(), key.callers(), "direct"));
        for (double percentile : new double[] {MEDIAN, P99}) {
            double millis = Result.millis(histogram, percentile);
            cells.add(format("%.2f", millis));
            cells.add(
                    direct == null || direct == result
                            ? ""
                            : format("%+.2f", millis - Result.millis(which.apply(direct.tally()), percentile)));
        }
    }

    private String ratio(Key key, Result result, String other) {
        Result base = results.get(new Key(key.load(), key.callers(), other));
        return base == null || base == result || key.way().equals("direct")
                ? ""
                : format("%.2f", result.rate() / base.rate());
    }

    private List<String> redactionCosts() {
        List<String> costs = new ArrayList<>();
        results.forEach((key, plain) -> {
            Result redacted = results.get(new Key(key.load(), key.callers(), "bundle"));
            if (key.way().equals("bundle-no-redaction") && key.load() != Load.PACED && redacted != null) {
                costs.add(format(
                        "Redaction, %s, callers: %d: %+.0f %% calls/s, %+.0f µs of CPU per call",
                        key.load().title(),
                        key.callers(),
                        (redacted.rate() / plain.rate() - 1) * PERCENT,
                        redacted.cpuMicrosPerCall() - plain.cpuMicrosPerCall()));
            }
        });
        return costs;
    }

    /** What a reader must know: calls that failed, and calls that did not go the whole way (or did so more than once). */
    private List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        results.forEach((key, result) -> {
            String cell = key.way() + ", " + key.load().title() + ", callers: " + key.callers() + ": ";
            if (result.tally().failures() > 0) {
                remarks.add(cell + result.tally().failures() + " calls failed, the last with "
                        + result.tally().lastFailure());
            }
            if (key.way().equals(CACHE)
                    ? result.upstreamCalls() * PERCENT > result.calls()
                    : result.upstreamCalls() != result.calls()) {
                remarks.add(cell + result.upstreamCalls() + " of " + result.calls() + " calls reached the upstream");
            }
        });
        if (remarks.isEmpty()) {
            remarks.add("No call failed. Each one reached the upstream once, those of " + CACHE + " did not.");
        }
        return remarks;
    }

    private static String millis(Histogram histogram, double percentile) {
        return format("%.2f", Result.millis(histogram, percentile));
    }

    private static String capital(String title) {
        return title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1);
    }
}
