package io.clauderoutes.split;

import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;

/** Holds the events of a reply back until a certain one has come; a reply that breaks off before it hands out nothing. */
final class HoldBackBuffer implements ReplyStream {

    private final ReplyStream events;
    private final Predicate<StreamEvent> until;
    private final Queue<StreamEvent> held = new ArrayDeque<>();
    private boolean come;

    private HoldBackBuffer(ReplyStream events, Predicate<StreamEvent> until) {
        this.events = events;
        this.until = until;
    }

    /** Nothing leaves before the first piece of the answer is there: until then, the call may be made again elsewhere. */
    static ReplyStream untilContent(ReplyStream events) {
        return new HoldBackBuffer(events, event -> event.isContent() || event.isEnd());
    }

    /** Nothing leaves before the reply has come whole and ended well. */
    static ReplyStream untilEnd(ReplyStream events) {
        return new HoldBackBuffer(events, StreamEvent::isEnd);
    }

    @Override
    public boolean hasNext() {
        return !held.isEmpty() || events.hasNext();
    }

    @Override
    public StreamEvent next() {
        while (!come) {
            StreamEvent event = events.next();
            held.add(event);
            come = until.test(event);
        }
        StreamEvent event = held.poll();
        return event == null ? events.next() : event;
    }

    @Override
    public Optional<Frame> whole() {
        return events.whole();
    }

    @Override
    public void close() {
        events.close();
        held.clear();
    }
}
