package io.clauderoutes.request;

import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.Optional;

/** A reply whose events are recorded as they come off the wire, before anything changes them. */
public record RecordedStream(ReplyStream events, CallRecorder.Entry entry) implements ReplyStream {

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
