package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/** JSON by one mapper for the whole codec. What it refuses it does not quote, because that may be a prompt. */
final class JsonValues {

    static final int DEEPEST_NESTING = 200;
    private static final int ENCODING_SHOWS_IN = 4;
    private static final int LONGEST_STRING = 64 * 1024 * 1024;

    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST_NESTING)
                    .maxStringLength(LONGEST_STRING)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            // The JVM's table of strings is for all, and whoever sends a million names would fill it.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Jackson's own choice keeps buffers by thread, and a virtual thread lives for one request.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();
    /** Numbers stay as they are written: 1.50 is not 1.5 where somebody compares the text. */
    private final ObjectMapper mapper = JsonMapper.builder(factory)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    JsonParser parser(byte[] json) throws IOException {
        checkEncoding(json);
        return factory.createParser(json);
    }

    /** JSON on the wire is UTF-8. Jackson would also read UTF-16 and UTF-32, which no other reader of the bytes here does. */
    private static void checkEncoding(byte[] json) throws JsonParseException {
        for (int i = 0; i < Math.min(json.length, ENCODING_SHOWS_IN); i++) {
            if (json[i] == 0 || json[i] == (byte) 0xFE || json[i] == (byte) 0xFF) {
                throw new JsonParseException(null, "the text is not UTF-8");
            }
        }
    }

    JsonNode tree(byte[] json) throws IOException {
        checkEncoding(json);
        return read(() -> mapper.readTree(json));
    }

    @FunctionalInterface
    private interface Reading {
        JsonNode read() throws IOException;
    }

    /** Jackson lets the exceptions out that a number causes whose exponent is out of range. */
    private static JsonNode read(Reading reading) throws IOException {
        try {
            return reading.read();
        } catch (NumberFormatException | ArithmeticException outOfRange) {
            throw new JsonParseException(null, "a number is out of range", outOfRange);
        }
    }

    ObjectNode object(byte[] json, String what) {
        try {
            if (tree(json) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException notJson) {
            throw rejected(what + " is not JSON" + place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        throw rejected(what + " is not a JSON object");
    }

    Optional<JsonNode> value(String json) {
        try {
            return Optional.of(read(() -> mapper.readTree(json)));
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    /** The object that a field holds, or an empty one. */
    ObjectNode part(ObjectNode whole, String field) {
        return whole.get(field) instanceof ObjectNode object ? object : mapper.createObjectNode();
    }

    static ObjectNode copy(ObjectNode json) {
        ObjectNode copy = json.objectNode();
        copy.setAll(json);
        return copy;
    }

    static Optional<String> text(JsonNode node) {
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    ObjectNode newObject() {
        return mapper.createObjectNode();
    }

    ArrayNode newArray() {
        return mapper.createArrayNode();
    }

    byte[] bytes(JsonNode json) {
        try {
            return mapper.writeValueAsBytes(json);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    byte[] bytesOf(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException notJson) {
            throw rejected("the message holds something that JSON cannot say");
        }
    }

    String string(JsonNode json) {
        return new String(bytes(json), UTF_8);
    }

    JsonGenerator generator(OutputStream out) {
        try {
            return mapper.createGenerator(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** Where a text stops being JSON. Jackson's own sentence is left out, because it quotes the text. */
    static String place(JsonProcessingException notJson) {
        return notJson.getLocation() == null
                ? ""
                : " (line " + notJson.getLocation().getLineNr() + ", column "
                        + notJson.getLocation().getColumnNr() + ")";
    }

    static ClaudeException.Rejected rejected(String message) {
        return new ClaudeException.Rejected(ApiError.ours(400, "invalid_request_error", message));
    }
}
