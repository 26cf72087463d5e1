package io.clauderoutes.split;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Decides when text that has arrived is sent on. The rate is the highest of three: that of a fast reader, that at which the text has
 * arrived lately, and that at which no character waits longer than {@link #LONGEST_WAIT}. The first text is sent at once. Time is
 * handed in, in nanoseconds. Not for use by two threads.
 */
final class Pacer {

    /** The longest time that a character waits. */
    static final long LONGEST_WAIT = 200_000_000;
    /** The shortest time between two chunks, but for the last. */
    static final long TICK = 50_000_000;

    private static final double SECOND = 1e9;
    /** Characters per second of the fastest reader: about 600 words a minute. */
    private static final double READING_RATE = 60;
    /** A smaller chunk would be an event for its own sake. */
    private static final int LEAST_CHUNK = 8;
    /** How long the rate of arrival looks back. */
    private static final double MEMORY = 2 * SECOND;

    /** Text is sent a little faster than it arrives, so that none waits in a steady stream. */
    private static final double CATCH_UP = 1.3;

    private static final char FIRST_MARK = '\u0300';

    private final StringBuilder text = new StringBuilder();
    private final Deque<Arrival> arrivals = new ArrayDeque<>();
    private long released;
    private boolean begun;
    private long firstNanos;
    private long sentNanos;
    private double recent;
    private long recentNanos;

    /**
     * Text that came at one time.
     *
     * @param end characters of the reply up to its end
     * @param dueNanos when all of it is sent at the latest
     */
    private record Arrival(long end, long dueNanos) {}

    /** Text has arrived. */
    void add(String more, long now) {
        if (more.isEmpty()) {
            return;
        }
        if (text.isEmpty()) {
            sentNanos = Math.max(sentNanos, now - TICK);
        }
        if (arrivals.isEmpty() && !begun) {
            firstNanos = now;
            recentNanos = now;
            sentNanos = now - TICK;
        }
        text.append(more);
        arrivals.add(new Arrival(released + text.length(), now + LONGEST_WAIT));
        recent = recent(now) + more.length();
        recentNanos = now;
    }

    private double recent(long now) {
        return recent * Math.exp(-(now - recentNanos) / MEMORY);
    }

    /** Characters per second at which text has arrived lately. */
    private double arrivalRate(long now) {
        double over = MEMORY * (1 - Math.exp(-Math.max(TICK, now - firstNanos) / MEMORY));
        return recent(now) / over * SECOND;
    }

    /** Characters that wait. */
    int backlog() {
        return text.length();
    }

    /** The text that is sent now; empty if it is not time yet. */
    Optional<String> release(long now) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!begun) {
            begun = true;
            return Optional.of(cut(text.length(), now));
        }
        int due = overdue(now);
        if (due == 0 && now - sentNanos < TICK) {
            return Optional.empty();
        }
        int wanted = Math.max(due, Math.max(LEAST_CHUNK, (int) Math.ceil(rate(now) * (now - sentNanos) / SECOND)));
        int end = Graphemes.boundary(text, wanted);
        if (end == text.length() && due < end && text.charAt(end - 1) >= FIRST_MARK) {
            // More of the last character may follow.
            int start = Graphemes.lastStart(text);
            end = start >= due ? start : end;
        }
        if (due == text.length() && Character.isHighSurrogate(text.charAt(due - 1))) {
            end = due - 1;
        }
        if (end == 0) {
            sentNanos = now;
            return Optional.empty();
        }
        return Optional.of(cut(end, now));
    }

    /** Characters whose time is over. */
    private int overdue(long now) {
        long end = released;
        for (Arrival arrival : arrivals) {
            if (arrival.dueNanos() - now > 0) {
                break;
            }
            end = arrival.end();
        }
        return (int) (end - released);
    }

    private double rate(long now) {
        double rate = Math.max(READING_RATE, CATCH_UP * arrivalRate(now));
        for (Arrival arrival : arrivals) {
            long left = Math.max(1, arrival.dueNanos() - now);
            rate = Math.max(rate, (arrival.end() - released) * SECOND / left);
        }
        return rate;
    }

    private String cut(int end, long now) {
        String chunk = text.substring(0, end);
        text.delete(0, end);
        released += end;
        sentNanos = now;
        while (!arrivals.isEmpty() && arrivals.element().end() <= released) {
            arrivals.remove();
        }
        return chunk;
    }

    /** All text that waits: something else follows it. */
    Optional<String> flush(long now) {
        begun |= !text.isEmpty();
        return text.isEmpty() ? Optional.empty() : Optional.of(cut(text.length(), now));
    }

    /** How long nothing is to be done; the greatest number if nothing waits. */
    long nanosToNext(long now) {
        if (text.isEmpty()) {
            return Long.MAX_VALUE;
        }
        if (!begun) {
            return 0;
        }
        long due = arrivals.isEmpty() ? LONGEST_WAIT : arrivals.element().dueNanos() - now;
        return Math.max(0, Math.min(due, sentNanos + TICK - now));
    }
}
