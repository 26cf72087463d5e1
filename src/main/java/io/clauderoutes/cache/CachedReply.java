package io.clauderoutes.cache;

import io.clauderoutes.message.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.List;

/** A whole reply as it was handed on, redacted. It serves callers who want a stream and callers who do not. */
final class CachedReply {

    private static final int PER_EVENT = 160;
    private static final int PER_BYTE_OF_A_TREE = 12;

    private final List<StreamEvent> events;

    CachedReply(List<StreamEvent> events) {
        this.events = List.copyOf(events);
    }

    List<StreamEvent> events() {
        return events;
    }

    ReplyStream replay() {
        return ReplyStream.of(events);
    }

    /** Bytes that it takes in memory, roughly. */
    int weight() {
        long weight = 0;
        for (StreamEvent event : events) {
            long json = event.frame().map(Frame::length).orElse(PER_EVENT);
            weight += PER_EVENT + json;
            if (event instanceof StreamEvent.TextDelta delta) {
                weight += delta.text().length();
            } else {
                weight += PER_BYTE_OF_A_TREE * json;
            }
        }
        return (int) Math.min(weight, Integer.MAX_VALUE);
    }
}
