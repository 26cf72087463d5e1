package io.clauderoutes.message;

/** The text that an event adds to the reply. */
final class AddedText implements StreamEvent.Visitor<String> {

    static final AddedText VISITOR = new AddedText();

    private AddedText() {}

    @Override
    public String messageStart(StreamEvent.MessageStart event) {
        return event.text();
    }

    @Override
    public String blockStart(StreamEvent.BlockStart event) {
        return event.text();
    }

    @Override
    public String textDelta(StreamEvent.TextDelta event) {
        return event.text();
    }

    @Override
    public String inputJsonDelta(StreamEvent.InputJsonDelta event) {
        return "";
    }

    @Override
    public String thinkingDelta(StreamEvent.ThinkingDelta event) {
        return "";
    }

    @Override
    public String signatureDelta(StreamEvent.SignatureDelta event) {
        return "";
    }

    @Override
    public String otherDelta(StreamEvent.OtherDelta event) {
        return "";
    }

    @Override
    public String blockStop(StreamEvent.BlockStop event) {
        return "";
    }

    @Override
    public String messageDelta(StreamEvent.MessageDelta event) {
        return "";
    }

    @Override
    public String messageStop(StreamEvent.MessageStop event) {
        return "";
    }

    @Override
    public String ping(StreamEvent.Ping event) {
        return "";
    }

    @Override
    public String unknown(StreamEvent.Unknown event) {
        return "";
    }
}
