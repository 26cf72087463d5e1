package io.clauderoutes.message;

import io.clauderoutes.text.Printable;

/** The name of an event on the wire. */
final class EventName implements StreamEvent.Visitor<String> {

    static final EventName VISITOR = new EventName();

    private EventName() {}

    @Override
    public String messageStart(StreamEvent.MessageStart event) {
        return "message_start";
    }

    @Override
    public String blockStart(StreamEvent.BlockStart event) {
        return "content_block_start";
    }

    @Override
    public String textDelta(StreamEvent.TextDelta event) {
        return "content_block_delta";
    }

    @Override
    public String inputJsonDelta(StreamEvent.InputJsonDelta event) {
        return "content_block_delta";
    }

    @Override
    public String thinkingDelta(StreamEvent.ThinkingDelta event) {
        return "content_block_delta";
    }

    @Override
    public String signatureDelta(StreamEvent.SignatureDelta event) {
        return "content_block_delta";
    }

    @Override
    public String otherDelta(StreamEvent.OtherDelta event) {
        return "content_block_delta";
    }

    @Override
    public String blockStop(StreamEvent.BlockStop event) {
        return "content_block_stop";
    }

    @Override
    public String messageDelta(StreamEvent.MessageDelta event) {
        return "message_delta";
    }

    @Override
    public String messageStop(StreamEvent.MessageStop event) {
        return "message_stop";
    }

    @Override
    public String ping(StreamEvent.Ping event) {
        return "ping";
    }

    @Override
    public String unknown(StreamEvent.Unknown event) {
        return Printable.name(event.type());
    }
}
