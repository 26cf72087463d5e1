package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes the events of a Messages stream. An event that came off the wire stays as it is. */
final class EventWriter implements StreamEvent.Visitor<byte[]> {

    /** Of a delta without its text. */
    private static final int FIRST_BYTES = 128;

    private final JsonValues values;

    EventWriter(JsonValues values) {
        this.values = values;
    }

    static String nameOf(StreamEvent event) {
        return event.accept(EventName.VISITOR);
    }

    byte[] bytes(StreamEvent event) {
        return event.frame().map(Frame::bytes).orElseGet(() -> event.accept(this));
    }

    /** A delta of one string, written without a tree: redaction makes many of them. */
    private byte[] plainDelta(int index, String type, String field, String value) {
        ByteArrayBuilder bytes = new ByteArrayBuilder(FIRST_BYTES + value.length());
        try (JsonGenerator json = values.generator(bytes)) {
            json.writeStartObject();
            json.writeStringField("type", "content_block_delta");
            json.writeNumberField("index", index);
            json.writeObjectFieldStart("delta");
            json.writeStringField("type", type);
            json.writeFieldName(field);
            byte[] text = quoted(value);
            json.writeRawUTF8String(text, 0, text.length);
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** Half a character, which a stream may be cut in, stays one: it is written as an escape. */
    private static byte[] quoted(String text) {
        JsonStringEncoder encoder = JsonStringEncoder.getInstance();
        try {
            return encoder.quoteAsUTF8(text);
        } catch (IllegalArgumentException halves) {
            StringBuilder escaped = new StringBuilder();
            new String(encoder.quoteAsString(text)).codePoints().forEach(point -> {
                if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                    escaped.append("\\u").append(Integer.toHexString(point));
                } else {
                    escaped.appendCodePoint(point);
                }
            });
            return escaped.toString().getBytes(UTF_8);
        }
    }

    private ObjectNode tree(StreamEvent event) {
        return values.newObject().put("type", nameOf(event));
    }

    @Override
    public byte[] messageStart(StreamEvent.MessageStart event) {
        return values.bytes(tree(event).set("message", event.message()));
    }

    @Override
    public byte[] blockStart(StreamEvent.BlockStart event) {
        return values.bytes(tree(event).put("index", event.index()).set("content_block", event.block()));
    }

    @Override
    public byte[] textDelta(StreamEvent.TextDelta event) {
        return plainDelta(event.index(), "text_delta", "text", event.text());
    }

    @Override
    public byte[] inputJsonDelta(StreamEvent.InputJsonDelta event) {
        return plainDelta(event.index(), "input_json_delta", "partial_json", event.partialJson());
    }

    @Override
    public byte[] thinkingDelta(StreamEvent.ThinkingDelta event) {
        return plainDelta(event.index(), "thinking_delta", "thinking", event.thinking());
    }

    @Override
    public byte[] signatureDelta(StreamEvent.SignatureDelta event) {
        return plainDelta(event.index(), "signature_delta", "signature", event.signature());
    }

    @Override
    public byte[] otherDelta(StreamEvent.OtherDelta event) {
        return values.bytes(tree(event).put("index", event.index()).set("delta", event.delta()));
    }

    @Override
    public byte[] blockStop(StreamEvent.BlockStop event) {
        return values.bytes(tree(event).put("index", event.index()));
    }

    @Override
    public byte[] messageDelta(StreamEvent.MessageDelta event) {
        ObjectNode json = tree(event);
        json.set("delta", event.delta());
        json.set("usage", event.usageJson());
        return values.bytes(json);
    }

    @Override
    public byte[] messageStop(StreamEvent.MessageStop event) {
        return values.bytes(tree(event));
    }

    @Override
    public byte[] ping(StreamEvent.Ping event) {
        return values.bytes(tree(event));
    }

    @Override
    public byte[] unknown(StreamEvent.Unknown event) {
        return values.bytes(values.newObject().put("type", event.type()));
    }
}
