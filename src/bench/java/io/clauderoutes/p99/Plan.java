package io.clauderoutes.p99;

import java.util.ArrayList;
import java.util.List;

/** The cells of a run, in the order of the tables. */
final class Plan {

    /** Questions of the load by Zipf's law. */
    static final int QUESTIONS = 1_000;

    private static final int MANY_QUESTIONS = 10_000;
    private static final List<Workload> CLOSED =
            List.of(Workload.closed(10), Workload.closed(50), Workload.closed(100));
    private static final List<Workload> OPEN = List.of(Workload.open(0.8), Workload.open(0.9), Workload.open(0.95));
    private static final List<Workload> ONE_OF_EACH = List.of(Workload.closed(50), Workload.open(0.9));

    private Plan() {}

    static List<Cell> cells(boolean quick) {
        return quick ? quick() : full();
    }

    private static List<Cell> quick() {
        List<Cell> cells = new ArrayList<>();
        for (Variant variant : List.of(Variant.PLAIN, Variant.IMPROVED, Variant.DEFAULTS, Variant.EVERYTHING)) {
            add(cells, Condition.QUEUE, variant, CLOSED);
        }
        add(
                cells,
                Condition.QUEUE,
                Variant.EVERYTHING,
                List.of(Workload.open(0.9).zipf(QUESTIONS)));
        for (Variant variant : List.of(Variant.PLAIN, Variant.IMPROVED, Variant.DEFAULTS, Variant.EVERYTHING_WHOLE)) {
            add(cells, Condition.BROKEN, variant, ONE_OF_EACH);
        }
        return cells;
    }

    private static List<Cell> full() {
        List<Cell> cells = new ArrayList<>();
        add(cells, Condition.QUEUE, Variant.PLAIN, CLOSED);
        add(cells, Condition.QUEUE, Variant.PLAIN, OPEN);
        add(cells, Condition.QUEUE, Variant.IMPROVED, CLOSED);
        for (Variant variant : List.of(Variant.DEFAULTS, Variant.EVERYTHING)) {
            add(cells, Condition.QUEUE, variant, CLOSED);
            add(cells, Condition.QUEUE, variant, OPEN);
        }
        add(cells, Condition.QUEUE, Variant.EVERYTHING, zipf(CLOSED));
        add(cells, Condition.QUEUE, Variant.EVERYTHING, zipf(OPEN));
        add(
                cells,
                Condition.QUEUE,
                Variant.EVERYTHING,
                List.of(Workload.open(0.9).zipf(MANY_QUESTIONS)));

        for (Variant variant : List.of(
                Variant.PLAIN,
                Variant.IMPROVED,
                Variant.NGINX,
                Variant.PORTKEY,
                Variant.DEFAULTS,
                Variant.EVERYTHING)) {
            add(cells, Condition.SLOW, variant, List.of(Workload.closed(50)));
        }
        for (Variant variant : List.of(Variant.PLAIN, Variant.DEFAULTS, Variant.EVERYTHING)) {
            add(cells, Condition.SLOW, variant, List.of(Workload.open(0.9)));
        }
        for (Variant variant :
                List.of(Variant.KEEP_ALIVE, Variant.SECOND, Variant.HALVES, Variant.HEDGED, Variant.AUTOMATIC)) {
            add(cells, Condition.SLOW, variant, ONE_OF_EACH);
        }
        for (Variant variant : List.of(Variant.COALESCING, Variant.CACHED)) {
            add(cells, Condition.SLOW, variant, zipf(ONE_OF_EACH));
        }

        for (Variant variant : List.of(
                Variant.PLAIN,
                Variant.IMPROVED,
                Variant.NGINX,
                Variant.PORTKEY,
                Variant.DEFAULTS,
                Variant.EVERYTHING,
                Variant.EVERYTHING_WHOLE)) {
            add(cells, Condition.BROKEN, variant, ONE_OF_EACH);
        }
        return cells;
    }

    private static List<Workload> zipf(List<Workload> loads) {
        return loads.stream().map(load -> load.zipf(QUESTIONS)).toList();
    }

    private static void add(List<Cell> cells, Condition condition, Variant variant, List<Workload> loads) {
        loads.forEach(load -> cells.add(new Cell(condition, variant, load)));
    }
}
