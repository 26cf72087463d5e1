package io.clauderoutes.stream;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The events of one reply, read from the wire as they are pulled.
 *
 * <p>{@link #hasNext()} never waits: it is true until the event that ends the reply was handed out. {@link #next()} waits,
 * and throws a {@link ClaudeException} when the reply breaks off. Closing an unfinished stream stops the endpoint's work.
 */
public interface ReplyStream extends Iterator<StreamEvent>, AutoCloseable {

    @Override
    void close();

    /**
     * The JSON of a message that came whole, unless something in it was changed. Whether that was is known once all events were
     * pulled; that it came whole, from the start, and then each of its texts is one event.
     */
    default Optional<Frame> whole() {
        return Optional.empty();
    }

    /** A reply that is here already. */
    static ReplyStream of(Iterable<StreamEvent> events) {
        return of(events, Optional.empty());
    }

    /** A reply that is here already, and came as this JSON. */
    static ReplyStream of(Iterable<StreamEvent> events, Optional<Frame> whole) {
        Iterator<StreamEvent> iterator = events.iterator();
        return new ReplyStream() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public StreamEvent next() throws NoSuchElementException {
                return iterator.next();
            }

            @Override
            public Optional<Frame> whole() {
                return whole;
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
    }
}
