package io.clauderoutes.request;

import io.clauderoutes.message.StreamEvent;

/** How many characters of output an event has: text, thinking and inputs of tools. */
public final class EventLength implements StreamEvent.Visitor<Integer> {

    private static final EventLength VISITOR = new EventLength();

    private EventLength() {}

    /** Characters of output; 0 for an event without any. */
    public static int of(StreamEvent event) {
        return event.accept(VISITOR);
    }

    @Override
    public Integer messageStart(StreamEvent.MessageStart event) {
        return event.text().length();
    }

    @Override
    public Integer blockStart(StreamEvent.BlockStart event) {
        return event.text().length();
    }

    @Override
    public Integer textDelta(StreamEvent.TextDelta event) {
        return event.text().length();
    }

    @Override
    public Integer inputJsonDelta(StreamEvent.InputJsonDelta event) {
        return event.partialJson().length();
    }

    @Override
    public Integer thinkingDelta(StreamEvent.ThinkingDelta event) {
        return event.thinking().length();
    }

    @Override
    public Integer signatureDelta(StreamEvent.SignatureDelta event) {
        return 0;
    }

    @Override
    public Integer otherDelta(StreamEvent.OtherDelta event) {
        return 0;
    }

    @Override
    public Integer blockStop(StreamEvent.BlockStop event) {
        return 0;
    }

    @Override
    public Integer messageDelta(StreamEvent.MessageDelta event) {
        return 0;
    }

    @Override
    public Integer messageStop(StreamEvent.MessageStop event) {
        return 0;
    }

    @Override
    public Integer ping(StreamEvent.Ping event) {
        return 0;
    }

    @Override
    public Integer unknown(StreamEvent.Unknown event) {
        return 0;
    }
}
