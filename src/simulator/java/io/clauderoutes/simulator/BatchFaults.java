package io.clauderoutes.simulator;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What goes wrong with the next calls about batches, for each kind of call by itself. */
final class BatchFaults {

    /** A kind of call. */
    enum Step {
        CREATION,
        LOOK,
        RESULTS
    }

    private final Map<Step, FaultSource> sources = new EnumMap<>(Step.class);

    BatchFaults() {
        for (Step step : Step.values()) {
            sources.put(step, new FaultSource(Map.of()));
        }
    }

    /** @throws IllegalArgumentException if a fault is not one that such a call can have */
    void script(Step step, List<Fault> faults) {
        for (Fault fault : faults) {
            boolean fits = fault instanceof Fault.Instead
                    || fault instanceof Fault.Ok
                    || (step == Step.RESULTS && fault instanceof Fault.Within);
            if (!fits) {
                throw new IllegalArgumentException("a call about batches cannot have the fault " + fault.name());
            }
        }
        sources.get(step).script(faults);
    }

    Fault next(Step step, Call call) {
        return sources.get(step).next(call.random());
    }

    List<Fault> unasked() {
        return sources.values().stream()
                .flatMap(source -> source.unasked().stream())
                .toList();
    }
}
