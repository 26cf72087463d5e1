package io.clauderoutes.request;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Which sinks fail now, why, and since when. A sink fails from its first message that it did not take to the next that it takes. */
public final class SinkStates {

    private final Map<String, Failing> failing = new ConcurrentHashMap<>();
    private final Clock clock;

    /**
     * A sink that fails.
     *
     * @param reason of its last failure
     * @param since its first failure
     */
    public record Failing(String reason, Instant since) {}

    public SinkStates(Clock clock) {
        this.clock = clock;
    }

    /** A sink did not take a message after all its attempts. */
    public void failed(String sink, String reason) {
        failing.merge(sink, new Failing(reason, clock.instant()), (first, last) -> new Failing(reason, first.since()));
    }

    /** A sink took a message. */
    public void taken(String sink) {
        if (!failing.isEmpty()) {
            failing.remove(sink);
        }
    }

    /** Whether a sink fails now. */
    public boolean isFailing(String sink) {
        return failing.containsKey(sink);
    }

    /** The sinks that fail now, by name. */
    public Map<String, Failing> failing() {
        return new TreeMap<>(failing);
    }

    /** Why the first of some sinks fails; empty if none does. */
    public Optional<String> reason(Collection<String> sinks) {
        return sinks.stream()
                .filter(failing::containsKey)
                .sorted()
                .findFirst()
                .map(sink -> "sink " + sink + ": " + failing.get(sink).reason());
    }
}
