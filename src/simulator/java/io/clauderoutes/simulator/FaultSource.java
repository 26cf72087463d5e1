package io.clauderoutes.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Says what goes wrong with the next call: what was scripted, in order, and after that what chance gives. */
final class FaultSource {

    private static final Fault OK = new Fault.Ok();
    private static final double ALL = 100.0;

    private final Map<Fault, Double> percentages;
    private final Deque<Fault> script = new ArrayDeque<>();

    FaultSource(Map<Fault, Double> percentages) {
        this.percentages = percentages;
    }

    synchronized void script(List<Fault> faults) {
        script.addAll(faults);
    }

    synchronized void clear() {
        script.clear();
    }

    synchronized List<Fault> unasked() {
        return List.copyOf(script);
    }

    Fault next(SplittableRandom random) {
        Fault scripted = scripted();
        if (scripted != null) {
            return scripted;
        }
        if (percentages.isEmpty()) {
            return OK;
        }
        double drawn = random.nextDouble() * ALL;
        for (Map.Entry<Fault, Double> share : percentages.entrySet()) {
            drawn -= share.getValue();
            if (drawn < 0) {
                return share.getKey();
            }
        }
        return OK;
    }

    private synchronized Fault scripted() {
        return script.poll();
    }
}
