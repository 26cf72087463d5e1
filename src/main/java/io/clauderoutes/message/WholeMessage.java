package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells a message that came whole as the events of a stream. They share parts of one tree, which never changes. */
final class WholeMessage {

    /** Events of a message with one block. */
    private static final int FEW_EVENTS = 6;

    private static final List<String> OF_DELTA = List.of("stop_reason", "stop_sequence");

    private final JsonValues values;
    private final ErrorJson errors;

    WholeMessage(JsonValues values, ErrorJson errors) {
        this.values = values;
        this.errors = errors;
    }

    List<StreamEvent> events(byte[] message) {
        ObjectNode whole = reply(message);
        if (whole.path("type").asText().equals("error")) {
            throw ClaudeException.of(errors.error(0, Map.of(), message, Optional.empty()));
        }
        if (!whole.path("content").isArray()) {
            throw noMessage("it has no content", null);
        }
        List<StreamEvent> events = new ArrayList<>(FEW_EVENTS);
        ObjectNode start = JsonValues.copy(whole);
        start.putArray("content");
        ObjectNode usageJson = values.part(whole, "usage");
        Usage usage = EventReader.usage(usageJson);
        events.add(new StreamEvent.MessageStart(start, usage, Optional.empty()));
        int index = 0;
        for (JsonNode block : whole.path("content")) {
            blockEvents(index++, block, events);
        }
        ObjectNode delta = values.newObject();
        for (String field : OF_DELTA) {
            if (whole.has(field)) {
                delta.set(field, whole.get(field));
            }
        }
        events.add(new StreamEvent.MessageDelta(delta, usageJson, usage, Optional.empty()));
        events.add(new StreamEvent.MessageStop(Optional.empty()));
        return events;
    }

    /** What is not JSON here is the endpoint's fault and not the caller's. */
    private ObjectNode reply(byte[] message) {
        try {
            return values.object(message, "it");
        } catch (ClaudeException.Rejected notJson) {
            throw noMessage(notJson.error().message(), notJson);
        }
    }

    private static ClaudeException noMessage(String why, Exception cause) {
        return new ClaudeException.Unavailable(
                ApiError.unreadable("not_a_message", "the endpoint's response is not a message: " + why), cause);
    }

    private void blockEvents(int index, JsonNode block, List<StreamEvent> events) {
        ObjectNode start = block instanceof ObjectNode object ? JsonValues.copy(object) : values.newObject();
        switch (block.path("type").asText()) {
            case "text" -> {
                start.put("text", "");
                events.add(new StreamEvent.BlockStart(index, start, Optional.empty()));
                events.add(new StreamEvent.TextDelta(index, block.path("text").asText(), Optional.empty()));
            }
            case "thinking" -> {
                start.put("thinking", "").put("signature", "");
                events.add(new StreamEvent.BlockStart(index, start, Optional.empty()));
                events.add(new StreamEvent.ThinkingDelta(
                        index, block.path("thinking").asText(), Optional.empty()));
                events.add(new StreamEvent.SignatureDelta(
                        index, block.path("signature").asText(), Optional.empty()));
            }
            case "tool_use" -> {
                start.putObject("input");
                events.add(new StreamEvent.BlockStart(index, start, Optional.empty()));
                events.add(new StreamEvent.InputJsonDelta(
                        index, block.path("input").toString(), Optional.empty()));
            }
            default -> events.add(new StreamEvent.BlockStart(index, start, Optional.empty()));
        }
        events.add(new StreamEvent.BlockStop(index, Optional.empty()));
    }
}
