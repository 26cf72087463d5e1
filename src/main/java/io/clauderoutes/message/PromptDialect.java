package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The codec of company gateways: {@code {"prompt":…}} goes in, {@code {"text":…}} comes out, whole or in frames.
 * It tells no tokens, no id and no reason to stop, so these stay unknown.
 */
public final class PromptDialect {

    private final MessageJson json;

    public PromptDialect(MessageJson json) {
        this.json = json;
    }

    /** The body for this request. Content that is not text cannot be said in this dialect and is refused. */
    public byte[] body(MessagesRequest request) {
        ObjectNode messages = json.object(request.json().bytes(), "the request");
        StringBuilder prompt = new StringBuilder();
        append(prompt, messages.path("system"));
        for (JsonNode message : messages.path("messages")) {
            append(prompt, message.path("content"));
        }
        return json.bytes(json.newObject().put("prompt", prompt.toString()));
    }

    private static void append(StringBuilder prompt, JsonNode content) {
        if (content.isTextual()) {
            paragraph(prompt, content.asText());
        }
        for (JsonNode block : content) {
            if (!block.path("type").asText().equals("text")) {
                throw new ClaudeException.Rejected(ApiError.ours(
                        400,
                        "invalid_request_error",
                        "claude.endpoints.<name>.dialect=prompt carries text only, and the request holds a block of type "
                                + block.path("type").asText("unknown")));
            }
            paragraph(prompt, block.path("text").asText());
        }
    }

    private static void paragraph(StringBuilder prompt, String text) {
        if (prompt.length() > 0) {
            prompt.append("\n\n");
        }
        prompt.append(text);
    }

    /** The text in one frame, or in a whole answer. */
    public Optional<String> text(byte[] frame) {
        return json.value(new String(frame, UTF_8))
                .map(value -> value.path("text"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText);
    }

    /** What a Messages stream would begin with. */
    public List<StreamEvent> begin(String id, String model) {
        ObjectNode message = json.newObject();
        message.put("id", id).put("type", "message").put("role", "assistant").put("model", model);
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        List<StreamEvent> events = new ArrayList<>();
        events.add(new StreamEvent.MessageStart(message, Usage.UNKNOWN, Optional.empty()));
        events.add(new StreamEvent.BlockStart(
                0, json.newObject().put("type", "text").put("text", ""), Optional.empty()));
        return events;
    }

    public StreamEvent text(String text) {
        return new StreamEvent.TextDelta(0, text, Optional.empty());
    }

    /** What a Messages stream would end with. */
    public List<StreamEvent> end() {
        return List.of(
                new StreamEvent.BlockStop(0, Optional.empty()),
                new StreamEvent.MessageDelta(
                        json.newObject().put("stop_reason", "end_turn"),
                        json.newObject(),
                        Usage.UNKNOWN,
                        Optional.empty()),
                new StreamEvent.MessageStop(Optional.empty()));
    }
}
