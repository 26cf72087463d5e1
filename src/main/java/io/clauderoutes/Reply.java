package io.clauderoutes;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A whole reply, as every receiver gets it: what was to be redacted is redacted. */
public final class Reply {

    private final ObjectNode message;
    private final String text;
    private final Usage usage;
    private final Optional<Frame> json;
    private final Optional<String> unfolded;

    /**
     * Takes over {@code message}, which must not change any more.
     *
     * @param message the message object of the Messages API, content included
     * @param text the text of all its text blocks
     * @param usage its tokens
     * @param json the message as it came, where it came whole and nothing in it was changed
     */
    public Reply(ObjectNode message, String text, Usage usage, Optional<Frame> json) {
        this(message, text, usage, json, Optional.empty());
    }

    /** @param unfolded the first delta of its stream that is not in {@code message} */
    public Reply(ObjectNode message, String text, Usage usage, Optional<Frame> json, Optional<String> unfolded) {
        this.message = message;
        this.text = text;
        this.usage = usage;
        this.json = json;
        this.unfolded = unfolded;
    }

    /** The same message with another text: that of the last of several rounds. */
    public Reply withText(String other) {
        return new Reply(message, other, usage, json, unfolded);
    }

    public String id() {
        return message.path("id").asText();
    }

    public String model() {
        return message.path("model").asText();
    }

    /** The API's word, such as {@code end_turn}; empty when the endpoint gave none. */
    public String stopReason() {
        return message.path("stop_reason").asText("");
    }

    public String text() {
        return text;
    }

    public Usage usage() {
        return usage;
    }

    /** The message object, to be read only. Jackson writes a reply as this object. */
    @JsonValue
    public JsonNode message() {
        return message;
    }

    /** The message's JSON exactly as it came, where it can be handed on like that. */
    public Optional<Frame> json() {
        return json;
    }

    /** The first delta of the reply's stream that {@link #message()} lacks; empty: the message is whole. */
    public Optional<String> unfolded() {
        return unfolded;
    }

    @Override
    public String toString() {
        return text;
    }
}
