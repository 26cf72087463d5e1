package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads the events of a Messages stream, each from the JSON in its frame. */
final class EventReader {

    private final JsonValues values;

    EventReader(JsonValues values) {
        this.values = values;
    }

    StreamEvent event(byte[] json) throws MessageJson.JunkFrame {
        try {
            StreamEvent delta = plainDelta(json);
            return delta != null ? delta : otherEvent(json);
        } catch (JsonProcessingException notJson) {
            throw new MessageJson.JunkFrame(
                    "a frame of " + json.length + " bytes is not JSON" + JsonValues.place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** A delta of one string, by far the most frequent event, read without building a tree; null for any other. */
    private StreamEvent plainDelta(byte[] json) throws IOException {
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT
                    || !"type".equals(parser.nextFieldName())
                    || !"content_block_delta".equals(parser.nextTextValue())
                    || !"index".equals(parser.nextFieldName())) {
                return null;
            }
            int index = parser.nextIntValue(-1);
            if (index < 0 || !"delta".equals(parser.nextFieldName()) || parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            if (!"type".equals(parser.nextFieldName())) {
                return null;
            }
            String type = parser.nextTextValue();
            String field = parser.nextFieldName();
            String value = parser.nextTextValue();
            if (type == null || field == null || value == null || parser.nextToken() != JsonToken.END_OBJECT) {
                return null;
            }
            if (parser.nextToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                return null;
            }
            Optional<Frame> frame = Optional.of(new Frame(json));
            return switch (type) {
                case "text_delta" -> field.equals("text") ? new StreamEvent.TextDelta(index, value, frame) : null;
                case "input_json_delta" ->
                    field.equals("partial_json") ? new StreamEvent.InputJsonDelta(index, value, frame) : null;
                case "thinking_delta" ->
                    field.equals("thinking") ? new StreamEvent.ThinkingDelta(index, value, frame) : null;
                case "signature_delta" ->
                    field.equals("signature") ? new StreamEvent.SignatureDelta(index, value, frame) : null;
                default -> null;
            };
        }
    }

    private StreamEvent otherEvent(byte[] json) throws IOException, MessageJson.JunkFrame {
        JsonNode tree = values.tree(json);
        if (!(tree instanceof ObjectNode event)) {
            throw new MessageJson.JunkFrame("a frame of " + json.length + " bytes is not a JSON object");
        }
        Optional<Frame> frame = Optional.of(new Frame(json));
        String type = event.path("type").asText();
        int index = event.path("index").asInt();
        return switch (type) {
            case "message_start" ->
                new StreamEvent.MessageStart(
                        values.part(event, "message"),
                        usage(event.path("message").path("usage")),
                        frame);
            case "content_block_start" -> new StreamEvent.BlockStart(index, values.part(event, "content_block"), frame);
            case "content_block_delta" -> delta(index, values.part(event, "delta"), frame);
            case "content_block_stop" -> new StreamEvent.BlockStop(index, frame);
            case "message_delta" ->
                new StreamEvent.MessageDelta(
                        values.part(event, "delta"), values.part(event, "usage"), usage(event.path("usage")), frame);
            case "message_stop" -> new StreamEvent.MessageStop(frame);
            case "ping" -> new StreamEvent.Ping(frame);
            default -> new StreamEvent.Unknown(type, frame);
        };
    }

    private static StreamEvent delta(int index, ObjectNode delta, Optional<Frame> frame) {
        return switch (delta.path("type").asText()) {
            case "text_delta" ->
                new StreamEvent.TextDelta(index, delta.path("text").asText(), frame);
            case "input_json_delta" ->
                new StreamEvent.InputJsonDelta(index, delta.path("partial_json").asText(), frame);
            case "thinking_delta" ->
                new StreamEvent.ThinkingDelta(index, delta.path("thinking").asText(), frame);
            case "signature_delta" ->
                new StreamEvent.SignatureDelta(index, delta.path("signature").asText(), frame);
            default -> new StreamEvent.OtherDelta(index, delta, frame);
        };
    }

    static Usage usage(JsonNode usage) {
        return new Usage(
                count(usage.path("input_tokens")),
                count(usage.path("cache_read_input_tokens")),
                count(usage.path("cache_creation_input_tokens")),
                count(usage.path("output_tokens")));
    }

    private static OptionalLong count(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0
                ? OptionalLong.of(node.asLong())
                : OptionalLong.empty();
    }
}
