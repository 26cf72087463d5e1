package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.Usage;
import java.util.Optional;

/**
 * One event of a reply. Events of a kind that is not known here are {@link Unknown} and travel on unchanged.
 */
public sealed interface StreamEvent {

    /** The JSON of the event as it came off the wire; empty if the event was made or changed here. */
    Optional<Frame> frame();

    /** One method for each kind of event: a new kind does not compile until every visitor handles it. */
    interface Visitor<R> {
        R messageStart(MessageStart event);

        R blockStart(BlockStart event);

        R textDelta(TextDelta event);

        R inputJsonDelta(InputJsonDelta event);

        R thinkingDelta(ThinkingDelta event);

        R signatureDelta(SignatureDelta event);

        R otherDelta(OtherDelta event);

        R blockStop(BlockStop event);

        R messageDelta(MessageDelta event);

        R messageStop(MessageStop event);

        R ping(Ping event);

        R unknown(Unknown event);
    }

    /** Calls the method of the visitor for this kind of event. */
    <R> R accept(Visitor<R> visitor);

    /** The reply begins; {@code message} has its id, model and first usage, and mostly no content yet. */
    record MessageStart(ObjectNode message, Usage usage, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageStart(this);
        }

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
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.blockStart(this);
        }

        public String type() {
            return block.path("type").asText();
        }

        /** What a text block begins with: mostly nothing. */
        public String text() {
            return type().equals("text") ? block.path("text").asText("") : "";
        }
    }

    record TextDelta(int index, String text, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.textDelta(this);
        }
    }

    /** A piece of a tool's input: any cut through a JSON text. */
    record InputJsonDelta(int index, String partialJson, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.inputJsonDelta(this);
        }
    }

    record ThinkingDelta(int index, String thinking, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.thinkingDelta(this);
        }
    }

    record SignatureDelta(int index, String signature, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.signatureDelta(this);
        }
    }

    /** A citation, or a delta of a kind that is not known here. */
    record OtherDelta(int index, ObjectNode delta, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.otherDelta(this);
        }
    }

    record BlockStop(int index, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.blockStop(this);
        }
    }

    /** Why the reply ends, and the running totals of its tokens. */
    record MessageDelta(ObjectNode delta, ObjectNode usageJson, Usage usage, Optional<Frame> frame)
            implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageDelta(this);
        }
    }

    record MessageStop(Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageStop(this);
        }
    }

    record Ping(Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.ping(this);
        }
    }

    record Unknown(String type, Optional<Frame> frame) implements StreamEvent {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.unknown(this);
        }
    }

    /** Whether the client gets content of the reply with the event; after it no call is made again. */
    default boolean isContent() {
        return accept(IsContent.VISITOR);
    }

    /** Whether the reply ends with the event. */
    default boolean isEnd() {
        return this instanceof MessageStop;
    }

    /** The text that the event adds to the reply. */
    default String addedText() {
        return accept(AddedText.VISITOR);
    }
}
