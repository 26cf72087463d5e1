package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.Usage;
import java.util.Optional;

/**
 * One event of a reply. Events of a kind that is not known here are {@link Unknown} and travel on unchanged.
 *
 * <p>{@link #frame()} is the event's JSON as it came from the wire; it is absent when the event was made or changed here.
 */
public sealed interface StreamEvent {

    Optional<Frame> frame();

    /** The reply begins; {@code message} has its id, model and first usage, and mostly no content yet. */
    record MessageStart(ObjectNode message, Usage usage, Optional<Frame> frame) implements StreamEvent {
        /** What text blocks say that come with it: mostly nothing. */
        public String text() {
            StringBuilder text = new StringBuilder();
            for (JsonNode block : message.path("content")) {
                if (block.path("type").asText().equals("text")) {
                    text.append(block.path("text").asText(""));
                }
            }
            return text.toString();
        }
    }

    /** A content block begins; most blocks are empty yet, some (results of server tools) come whole here. */
    record BlockStart(int index, ObjectNode block, Optional<Frame> frame) implements StreamEvent {
        public String type() {
            return block.path("type").asText();
        }

        /** What a text block begins with: mostly nothing. */
        public String text() {
            return type().equals("text") ? block.path("text").asText("") : "";
        }
    }

    record TextDelta(int index, String text, Optional<Frame> frame) implements StreamEvent {}

    /** A piece of a tool's input: any cut through a JSON text. */
    record InputJsonDelta(int index, String partialJson, Optional<Frame> frame) implements StreamEvent {}

    record ThinkingDelta(int index, String thinking, Optional<Frame> frame) implements StreamEvent {}

    record SignatureDelta(int index, String signature, Optional<Frame> frame) implements StreamEvent {}

    /** A citation, or a delta of a kind that is not known here. */
    record OtherDelta(int index, ObjectNode delta, Optional<Frame> frame) implements StreamEvent {}

    record BlockStop(int index, Optional<Frame> frame) implements StreamEvent {}

    /** Why the reply ends, and the running totals of its tokens. */
    record MessageDelta(ObjectNode delta, ObjectNode usageJson, Usage usage, Optional<Frame> frame)
            implements StreamEvent {}

    record MessageStop(Optional<Frame> frame) implements StreamEvent {}

    record Ping(Optional<Frame> frame) implements StreamEvent {}

    record Unknown(String type, Optional<Frame> frame) implements StreamEvent {}

    /** Whether the caller gets something of the answer with it; after such an event no call is tried again. */
    default boolean isContent() {
        return this instanceof TextDelta
                || this instanceof InputJsonDelta
                || this instanceof ThinkingDelta
                || this instanceof SignatureDelta
                || this instanceof OtherDelta
                || (this instanceof MessageStart message
                        && !message.message().path("content").isEmpty())
                || (this instanceof BlockStart start && !isEmptyAtStart(start.type()));
    }

    private static boolean isEmptyAtStart(String blockType) {
        return blockType.equals("text") || blockType.equals("thinking") || blockType.equals("tool_use");
    }
}
