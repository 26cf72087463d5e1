package io.clauderoutes.simulator;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was billed, answer by answer for the last ones, and by minute and model for good. */
final class Charges {

    private static final long SECONDS = 60;

    private final int most;
    private final Deque<Charge> last = new ArrayDeque<>();
    private final TreeMap<Long, Map<String, Charge>> minutes = new TreeMap<>();

    /** @param most answers that are kept one by one */
    Charges(int most) {
        this.most = most;
    }

    synchronized void add(Charge charge) {
        minutes.computeIfAbsent(charge.at().getEpochSecond() / SECONDS, minute -> new TreeMap<>())
                .merge(charge.model(), charge, Charge::plus);
        last.addLast(charge);
        while (last.size() > most) {
            last.removeFirst();
        }
    }

    synchronized List<Charge> last() {
        return List.copyOf(last);
    }

    /** Sums by model of what was billed from one instant to before another. */
    synchronized Collection<Charge> between(Instant from, Instant to) {
        Map<String, Charge> models = new TreeMap<>();
        minutes.subMap(from.getEpochSecond() / SECONDS, to.getEpochSecond() / SECONDS)
                .values()
                .forEach(minute -> minute.forEach((model, sum) -> models.merge(model, sum, Charge::plus)));
        return new ArrayList<>(models.values());
    }
}
