package io.clauderoutes.request;

import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.Optional;

/** A reply of which the books see every event as it came off the wire. */
public record BookedStream(ReplyStream events, CallRecorder.Entry entry) implements ReplyStream {

    @Override
    public boolean hasNext() {
        return events.hasNext();
    }

    @Override
    public StreamEvent next() {
        StreamEvent event = events.next();
        entry.saw(event);
        return event;
    }

    @Override
    public Optional<Frame> whole() {
        return events.whole();
    }

    @Override
    public void close() {
        events.close();
    }
}
