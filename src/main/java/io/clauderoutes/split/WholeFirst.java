package io.clauderoutes.split;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Queue;

/** Holds a reply back until it has come whole and ended well; a reply that breaks off hands out nothing. */
final class WholeFirst implements ReplyStream {

    private final ReplyStream events;
    private final Queue<StreamEvent> held = new ArrayDeque<>();
    private boolean read;

    WholeFirst(ReplyStream events) {
        this.events = events;
    }

    @Override
    public boolean hasNext() {
        return !read || !held.isEmpty();
    }

    @Override
    public StreamEvent next() {
        if (!read) {
            while (events.hasNext()) {
                held.add(events.next());
            }
            read = true;
        }
        StreamEvent event = held.poll();
        if (event == null) {
            throw new NoSuchElementException("the reply has ended");
        }
        return event;
    }

    @Override
    public void close() {
        events.close();
        held.clear();
        read = true;
    }
}
