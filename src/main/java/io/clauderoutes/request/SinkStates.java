package io.clauderoutes.request;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Which sinks fail or are slow now, why, and since when. A sink fails from its first message that it did not take to the next that it takes. */
public final class SinkStates {

    /** A sink is slow if a message waits for it longer than this. */
    private static final Duration SLOW = Duration.ofSeconds(2);

    private final Map<String, Failing> failing = new ConcurrentHashMap<>();
    private final Map<String, Set<Waiting>> waiting = new ConcurrentHashMap<>();
    private final Map<String, Long> slowSince = new ConcurrentHashMap<>();
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

    /** A delivery of one reply to a sink begins. */
    public Waiting delivery(String sink, int capacity) {
        Waiting begun = new Waiting(sink, capacity);
        waiting.computeIfAbsent(sink, name -> ConcurrentHashMap.newKeySet()).add(begun);
        return begun;
    }

    /** One delivery of a reply: the messages of it that the sink has not taken yet. */
    public final class Waiting implements AutoCloseable {
        private final String sink;
        private final int capacity;
        private volatile int size;
        private volatile long oldestMillis;

        private Waiting(String sink, int capacity) {
            this.sink = sink;
            this.capacity = capacity;
        }

        /** The time of now: messages compute from it how long they have waited. */
        public long now() {
            return clock.millis();
        }

        /**
         * So many messages wait now.
         *
         * @param oldest when the oldest of them began to wait
         */
        public void waits(int messages, long oldest) {
            size = messages;
            oldestMillis = oldest;
        }

        /** The sink has taken a message that began to wait then. */
        public void taken(long since) {
            long waited = now() - since;
            if (waited > SLOW.toMillis()) {
                slowSince.putIfAbsent(sink, since);
            } else if (waited < SLOW.toMillis() / 2 && !slowSince.isEmpty()) {
                slowSince.remove(sink);
            }
        }

        @Override
        public void close() {
            Set<Waiting> all = waiting.get(sink);
            if (all != null) {
                all.remove(this);
            }
        }
    }

    /**
     * What waits for a sink now.
     *
     * @param replies whose messages wait
     * @param messages that wait, and room for them in the buffers of these replies
     * @param oldest when the message that waits longest began to wait; empty if none waits
     * @param slowSince since when messages wait unusually long; empty if they do not
     */
    public record Load(int replies, int messages, int room, Optional<Instant> oldest, Optional<Instant> slowSince) {}

    /** What waits for each sink that had a delivery, by name. */
    public Map<String, Load> loads() {
        Map<String, Load> loads = new TreeMap<>();
        waiting.forEach((sink, all) -> loads.put(sink, load(sink, all)));
        return loads;
    }

    private Load load(String sink, Set<Waiting> all) {
        int replies = 0;
        int messages = 0;
        int room = 0;
        long oldest = Long.MAX_VALUE;
        for (Waiting one : all) {
            if (one.size > 0) {
                replies++;
                messages += one.size;
                room += one.capacity;
                oldest = Math.min(oldest, one.oldestMillis);
            }
        }
        if (replies == 0) {
            slowSince.remove(sink);
            return new Load(0, 0, 0, Optional.empty(), Optional.empty());
        }
        Long slow = slowSince.get(sink);
        if (slow == null && clock.millis() - oldest > SLOW.toMillis()) {
            slow = oldest;
        }
        return new Load(
                replies,
                messages,
                room,
                Optional.of(Instant.ofEpochMilli(oldest)),
                Optional.ofNullable(slow).map(Instant::ofEpochMilli));
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
