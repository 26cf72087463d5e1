package io.clauderoutes.resume;

import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.ClientStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A reply whose events are retained while they arrive, so that any number of readers can read them from any event on. The events are
 * numbered from 1. The thread that pulls the reply waits for a reader only if there is no room for more events; it then drops the
 * events that all readers have.
 *
 * <p>Thread-safe. Readers are notified outside of the lock.
 */
public final class RetainedReply implements ClientStream {

    private static final String TOOL = "tool";
    private static final int FIRST_ERROR_STATUS = 400;
    private static final long LOOK_ABOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String id;
    private final RetentionBounds bounds;
    private final RetentionTimes times;
    private final MessageJson json;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private final List<Reading> readings = new ArrayList<>();
    private final List<RetainedEvent> events = new ArrayList<>();
    private volatile Origin origin = Origin.UNKNOWN;
    private int clients;
    private long dropped;
    private long bytes;
    private long unreadSinceNanos;
    private PlainResponse ending;
    private long endedNanos;
    private boolean cancelled;
    private boolean lost;

    /**
     * A reply that begins.
     *
     * @param id by which clients name it
     */
    RetainedReply(String id, RetentionBounds bounds, RetentionTimes times, MessageJson json) {
        this.id = id;
        this.bounds = bounds;
        this.times = times;
        this.json = json;
        this.unreadSinceNanos = times.now();
    }

    /**
     * A reply that was stored.
     *
     * @param size bytes that were taken from the bounds for the events
     * @param end of the reply; empty if it goes on with a new call
     */
    void restore(List<RetainedEvent> stored, long size, Origin its, Optional<PlainResponse> end) {
        lock.lock();
        try {
            events.addAll(stored);
            bytes = size;
            origin = its;
            ending = end.orElse(null);
            endedNanos = times.now();
        } finally {
            lock.unlock();
        }
    }

    /** A new call begins, and its events come after those that were stored. */
    void restart() {
        add(new RetainedEvent(
                "restart",
                Frame.of("{\"type\":\"restart\",\"message\":\"The bundle was stopped while this reply arrived."
                        + " The reply to a new call begins with the next event.\"}")));
    }

    /** The id by which clients name the reply. */
    public String id() {
        return id;
    }

    /** What is known of the request of a reply. */
    public interface Origin {

        /** No request yet. */
        Origin UNKNOWN = new Origin() {
            @Override
            public Map<String, String> headers() {
                return Map.of();
            }

            @Override
            public boolean isAtWork() {
                return false;
            }
        };

        /** Headers of the response, by lower-case name. They are complete once an event has arrived. */
        Map<String, String> headers();

        /** Whether the request has passed the throttle: before that the status can still be an error. */
        boolean isAtWork();
    }

    /** The reply comes from there. */
    public void from(Origin its) {
        origin = its;
    }

    /** What is known of the request. */
    public Origin origin() {
        return origin;
    }

    @Override
    public void event(StreamEvent event) {
        add(new RetainedEvent(MessageJson.nameOf(event), new Frame(json.bytes(event))));
    }

    @Override
    public void tool(byte[] event) {
        add(new RetainedEvent(TOOL, new Frame(event)));
    }

    private void add(RetainedEvent event) {
        long size = event.bytes();
        // The bytes have one writer, this thread, while the reply has not ended.
        boolean hasRoom = bounds.take(bytes, size);
        List<Reading> waiting;
        lock.lock();
        try {
            if (ending != null || lost || !(hasRoom || makeRoom(size))) {
                lost |= ending == null;
                bounds.giveBack(hasRoom ? size : 0);
            } else {
                events.add(event);
                bytes += size;
            }
            waiting = List.copyOf(readings);
        } finally {
            lock.unlock();
        }
        waiting.forEach(Reading::wake);
    }

    /** Waits until the readers have read enough events, and drops these. A reply without readers cannot be continued then. */
    private boolean makeRoom(long needed) {
        long left = times.writeTimeout().toNanos();
        try {
            while (!drop(needed)) {
                if (readings.isEmpty() || left <= 0 || cancelled) {
                    return false;
                }
                long pause = Math.min(left, LOOK_ABOUT_NANOS);
                left -= pause - progress.awaitNanos(pause);
            }
            return true;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Drops the events that all readers have, if that frees enough bytes. The bytes that are needed stay taken. */
    private boolean drop(long needed) {
        long read = readings.stream().mapToLong(reading -> reading.last).min().orElse(dropped);
        int count = Math.toIntExact(read - dropped);
        long freed = 0;
        for (RetainedEvent event : events.subList(0, count)) {
            freed += event.bytes();
        }
        if (freed < needed) {
            return false;
        }
        events.subList(0, count).clear();
        dropped = read;
        bytes -= freed;
        bounds.giveBack(freed - needed);
        return true;
    }

    /**
     * The reply has ended.
     *
     * @param response the whole reply or the error; of a stream that has ended well its body is empty
     */
    public void end(PlainResponse response) {
        long size = response.status() < FIRST_ERROR_STATUS ? response.body().length() : 0;
        boolean hasRoom = bounds.take(bytes, size);
        List<Reading> waiting;
        lock.lock();
        try {
            if (ending == null) {
                ending = response;
                endedNanos = times.now();
                bytes += hasRoom ? size : 0;
            } else {
                bounds.giveBack(hasRoom ? size : 0);
            }
            waiting = List.copyOf(readings);
        } finally {
            lock.unlock();
        }
        waiting.forEach(Reading::wake);
    }

    /** Ends the call: the rest of the reply is not needed. */
    public void cancel() {
        lock.lock();
        try {
            cancelled = true;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the rest cannot be read any more, or was not read for {@code claude.resume.window}. */
    @Override
    public boolean isGone() {
        lock.lock();
        try {
            return cancelled
                    || lost
                    || (clients == 0
                            && times.now() - unreadSinceNanos
                                    > times.window().get().toNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Whether the reply ended with an error and nothing of it was paid: its request can be sent again. */
    boolean isRefusal() {
        lock.lock();
        try {
            return ending != null && ending.status() >= FIRST_ERROR_STATUS && events.isEmpty() && dropped == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the reply has ended, and its last reader has left, so long ago. */
    boolean isOver(long nanos) {
        lock.lock();
        try {
            long now = times.now();
            return ending != null && readings.isEmpty() && Math.min(now - endedNanos, now - unreadSinceNanos) >= nanos;
        } finally {
            lock.unlock();
        }
    }

    /** Drops all events and gives their bytes back. */
    void forget() {
        lock.lock();
        try {
            lost = true;
            events.clear();
            bounds.giveBack(bytes);
            bytes = 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads the reply from an event on.
     *
     * @param after number of the last event that the reader has; 0 for none
     * @param available is called whenever there may be more to read, by any thread; it must not block
     * @return empty if an event after it is not retained
     */
    public Optional<Reading> read(long after, Runnable available) {
        return read(after, available, true);
    }

    /** Reads the reply for the store, which is no client. */
    Optional<Reading> readForStore(long after) {
        return read(after, () -> {}, false);
    }

    private Optional<Reading> read(long after, Runnable available, boolean isClient) {
        lock.lock();
        try {
            if (lost || after < dropped || after > dropped + events.size()) {
                return Optional.empty();
            }
            Reading reading = new Reading(after, available, isClient);
            readings.add(reading);
            clients += isClient ? 1 : 0;
            return Optional.of(reading);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Some events in a row.
     *
     * @param first number of the first of them
     * @param ending of the reply, if no event comes after these
     * @param isCut whether the events that come next are no longer retained
     */
    public record Part(List<RetainedEvent> events, long first, Optional<PlainResponse> ending, boolean isCut) {}

    /** One reader. */
    public final class Reading implements AutoCloseable {
        private final Runnable available;
        private final boolean isClient;
        private long last;

        private Reading(long after, Runnable available, boolean isClient) {
            this.last = after;
            this.available = available;
            this.isClient = isClient;
        }

        private void wake() {
            available.run();
        }

        /**
         * The next events, without waiting.
         *
         * @param mostBytes of them, roughly; there is at least one event if one has arrived
         */
        public Part next(long mostBytes) {
            return next(mostBytes, Long.MAX_VALUE);
        }

        /**
         * The next events, without waiting.
         *
         * @param mostBytes of them, roughly; there is at least one event if one has arrived and {@code mostEvents} is not 0
         * @param mostEvents of them
         */
        public Part next(long mostBytes, long mostEvents) {
            lock.lock();
            try {
                if (lost || last < dropped) {
                    return new Part(List.of(), last + 1, Optional.empty(), true);
                }
                int begin = Math.toIntExact(last - dropped);
                int end = begin;
                for (long taken = 0; end < events.size() && taken < mostBytes && end - begin < mostEvents; end++) {
                    taken += events.get(end).bytes();
                }
                Part part = new Part(
                        List.copyOf(events.subList(begin, end)),
                        last + 1,
                        end == events.size() ? Optional.ofNullable(ending) : Optional.empty(),
                        false);
                last += end - begin;
                progress.signalAll();
                return part;
            } finally {
                lock.unlock();
            }
        }

        /** Whether an event has arrived that this reader has not read. */
        public boolean isBehind() {
            lock.lock();
            try {
                return last < dropped + events.size();
            } finally {
                lock.unlock();
            }
        }

        /** The reader has gone. */
        @Override
        public void close() {
            lock.lock();
            try {
                if (readings.remove(this)) {
                    progress.signalAll();
                    if (isClient) {
                        clients--;
                        unreadSinceNanos = times.now();
                    }
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
