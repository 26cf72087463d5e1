package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.text.Printable;
import java.util.Arrays;

/** Writes the events of a Messages stream. One that came from the wire stays as it came. */
final class EventWriter {

    private static final byte[] DELTA_END = "\"}}".getBytes(UTF_8);

    private final JsonValues values;

    EventWriter(JsonValues values) {
        this.values = values;
    }

    static String nameOf(StreamEvent event) {
        if (event instanceof StreamEvent.MessageStart) {
            return "message_start";
        }
        if (event instanceof StreamEvent.BlockStart) {
            return "content_block_start";
        }
        if (event instanceof StreamEvent.BlockStop) {
            return "content_block_stop";
        }
        if (event instanceof StreamEvent.MessageDelta) {
            return "message_delta";
        }
        if (event instanceof StreamEvent.MessageStop) {
            return "message_stop";
        }
        if (event instanceof StreamEvent.Ping) {
            return "ping";
        }
        return event instanceof StreamEvent.Unknown unknown ? Printable.name(unknown.type()) : "content_block_delta";
    }

    byte[] bytes(StreamEvent event) {
        return event.frame().map(Frame::bytes).orElseGet(() -> written(event));
    }

    private byte[] written(StreamEvent event) {
        if (event instanceof StreamEvent.TextDelta delta) {
            return plainDelta(delta.index(), "text_delta", "text", delta.text());
        }
        if (event instanceof StreamEvent.InputJsonDelta delta) {
            return plainDelta(delta.index(), "input_json_delta", "partial_json", delta.partialJson());
        }
        if (event instanceof StreamEvent.ThinkingDelta delta) {
            return plainDelta(delta.index(), "thinking_delta", "thinking", delta.thinking());
        }
        if (event instanceof StreamEvent.SignatureDelta delta) {
            return plainDelta(delta.index(), "signature_delta", "signature", delta.signature());
        }
        return values.bytes(tree(event));
    }

    /** A delta of one string, written without building a tree: redaction makes many of them. */
    private static byte[] plainDelta(int index, String type, String field, String value) {
        byte[] begin = ("{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":{\"type\":\"" + type
                        + "\",\"" + field + "\":\"")
                .getBytes(UTF_8);
        byte[] text = quoted(value);
        byte[] json = Arrays.copyOf(begin, begin.length + text.length + DELTA_END.length);
        System.arraycopy(text, 0, json, begin.length, text.length);
        System.arraycopy(DELTA_END, 0, json, begin.length + text.length, DELTA_END.length);
        return json;
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
        ObjectNode json = values.newObject();
        if (event instanceof StreamEvent.MessageStart start) {
            json.put("type", "message_start").set("message", start.message());
        } else if (event instanceof StreamEvent.BlockStart start) {
            json.put("type", "content_block_start").put("index", start.index()).set("content_block", start.block());
        } else if (event instanceof StreamEvent.OtherDelta delta) {
            json.put("type", "content_block_delta").put("index", delta.index()).set("delta", delta.delta());
        } else if (event instanceof StreamEvent.BlockStop stop) {
            json.put("type", "content_block_stop").put("index", stop.index());
        } else if (event instanceof StreamEvent.MessageDelta delta) {
            json.put("type", "message_delta").set("delta", delta.delta());
            json.set("usage", delta.usageJson());
        } else if (event instanceof StreamEvent.MessageStop) {
            json.put("type", "message_stop");
        } else if (event instanceof StreamEvent.Ping) {
            json.put("type", "ping");
        } else if (event instanceof StreamEvent.Unknown unknown) {
            json.put("type", unknown.type());
        }
        return json;
    }
}
