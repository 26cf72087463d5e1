package io.clauderoutes.message;

/** Whether an event has content of the reply. */
final class IsContent implements StreamEvent.Visitor<Boolean> {

    static final IsContent VISITOR = new IsContent();

    private IsContent() {}

    @Override
    public Boolean messageStart(StreamEvent.MessageStart event) {
        return !event.message().path("content").isEmpty();
    }

    @Override
    public Boolean blockStart(StreamEvent.BlockStart event) {
        return !isEmptyAtStart(event.type());
    }

    @Override
    public Boolean textDelta(StreamEvent.TextDelta event) {
        return true;
    }

    @Override
    public Boolean inputJsonDelta(StreamEvent.InputJsonDelta event) {
        return true;
    }

    @Override
    public Boolean thinkingDelta(StreamEvent.ThinkingDelta event) {
        return true;
    }

    @Override
    public Boolean signatureDelta(StreamEvent.SignatureDelta event) {
        return true;
    }

    @Override
    public Boolean otherDelta(StreamEvent.OtherDelta event) {
        return true;
    }

    @Override
    public Boolean blockStop(StreamEvent.BlockStop event) {
        return false;
    }

    @Override
    public Boolean messageDelta(StreamEvent.MessageDelta event) {
        return false;
    }

    @Override
    public Boolean messageStop(StreamEvent.MessageStop event) {
        return false;
    }

    @Override
    public Boolean ping(StreamEvent.Ping event) {
        return false;
    }

    @Override
    public Boolean unknown(StreamEvent.Unknown event) {
        return false;
    }

    private static boolean isEmptyAtStart(String blockType) {
        return blockType.equals("text") || blockType.equals("thinking") || blockType.equals("tool_use");
    }
}
