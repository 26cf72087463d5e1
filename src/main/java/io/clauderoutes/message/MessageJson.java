package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The codec of the Messages API: the one place that knows the wire's field names. What it does not know it keeps. */
public final class MessageJson {

    private static final int DEEPEST_NESTING = 200;
    private static final int LONGEST_STRING = 64 * 1024 * 1024;

    private static final byte[] DELTA_END = "\"}}".getBytes(UTF_8);

    private static final String TOO_MUCH = "the request is nested deeper than " + DEEPEST_NESTING
            + " levels, or holds a text or number that is too long";

    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST_NESTING)
                    .maxStringLength(LONGEST_STRING)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            // Jackson's own choice keeps buffers by thread, and a virtual thread lives for one request.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();
    private final ObjectMapper mapper = new ObjectMapper(factory);

    /** A request that asks {@code text} in one user message. */
    public MessagesRequest request(String text, String system, String model, long maxTokens, boolean stream) {
        ByteArrayBuilder bytes = new ByteArrayBuilder(text.length() + 256);
        try (bytes;
                JsonGenerator json = factory.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("model", model);
            json.writeNumberField("max_tokens", maxTokens);
            if (stream) {
                json.writeBooleanField("stream", true);
            }
            if (!system.isEmpty()) {
                json.writeStringField("system", system);
            }
            json.writeArrayFieldStart("messages");
            json.writeStartObject();
            json.writeStringField("role", "user");
            json.writeStringField("content", text);
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
            json.flush();
            return new MessagesRequest(new Frame(bytes.toByteArray()), model, maxTokens, stream);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * A request that came as JSON. It goes on byte for byte where nothing has to be filled in.
     *
     * @param model used where the request names none
     * @param maxTokens used where the request names none
     * @param stream how the reply is wanted; absent leaves it to the request
     * @param streamByDefault how it is wanted where neither says
     * @throws ClaudeException.Rejected if it is not a JSON object with {@code messages}
     */
    public MessagesRequest request(
            byte[] json, String model, long maxTokens, Optional<Boolean> stream, boolean streamByDefault) {
        Head head = head(json);
        boolean wanted = stream.orElse(head.saysStream ? head.stream : streamByDefault);
        boolean asItIs = head.model != null && head.maxTokens >= 0 && head.stream == wanted;
        String effectiveModel = head.model == null ? model : head.model;
        long effectiveMaxTokens = head.maxTokens < 0 ? maxTokens : head.maxTokens;
        if (asItIs) {
            return new MessagesRequest(new Frame(json), effectiveModel, effectiveMaxTokens, wanted);
        }
        ObjectNode completed = object(json, "the request");
        completed.put("model", effectiveModel);
        completed.put("max_tokens", effectiveMaxTokens);
        if (wanted || head.stream) {
            completed.put("stream", wanted);
        }
        return new MessagesRequest(new Frame(bytes(completed)), effectiveModel, effectiveMaxTokens, wanted);
    }

    /**
     * A request that goes on byte for byte whatever it holds: what it lacks is for the API to say.
     *
     * @throws ClaudeException.Rejected only if it is not a JSON object
     */
    public MessagesRequest requestAsItIs(byte[] json) {
        String model = "unknown";
        long maxTokens = 0;
        boolean stream = false;
        try (JsonParser parser = factory.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw rejected("a Messages request is a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("model")
                        && value == JsonToken.VALUE_STRING
                        && !parser.getText().isBlank()) {
                    model = parser.getText();
                } else if (field.equals("max_tokens") && value == JsonToken.VALUE_NUMBER_INT) {
                    maxTokens = Math.max(0, parser.getValueAsLong());
                } else if (field.equals("stream")) {
                    stream = value == JsonToken.VALUE_TRUE;
                }
                parser.skipChildren();
            }
        } catch (StreamConstraintsException tooMuch) {
            throw rejected(TOO_MUCH);
        } catch (JsonProcessingException notJson) {
            throw rejected("the request is not JSON" + place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return new MessagesRequest(new Frame(json), model, maxTokens, stream);
    }

    /** The name of an event on the wire. */
    public static String nameOf(StreamEvent event) {
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
        return event instanceof StreamEvent.Unknown unknown ? unknown.type() : "content_block_delta";
    }

    /** The body of an error: as it came from the endpoint, or written now. */
    public byte[] bytes(ApiError error) {
        return error.body().map(Frame::bytes).orElseGet(() -> {
            ObjectNode json = mapper.createObjectNode().put("type", "error");
            json.putObject("error").put("type", error.type()).put("message", error.message());
            json.put("request_id", error.requestId().orElse(null));
            return bytes(json);
        });
    }

    private record Head(String model, long maxTokens, boolean stream, boolean saysStream) {}

    private Head head(byte[] json) {
        String model = null;
        long maxTokens = -1;
        boolean stream = false;
        boolean saysStream = false;
        boolean messages = false;
        try (JsonParser parser = factory.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw rejected("a Messages request is a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "model" -> model = text(parser, value, field);
                    case "max_tokens" -> maxTokens = count(parser, value);
                    case "stream" -> {
                        saysStream = true;
                        stream = value == JsonToken.VALUE_TRUE;
                    }
                    case "messages" -> {
                        messages = value == JsonToken.START_ARRAY;
                        parser.skipChildren();
                    }
                    default -> parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw rejected("something follows the request's closing brace");
            }
        } catch (StreamConstraintsException tooMuch) {
            throw rejected(TOO_MUCH);
        } catch (JsonProcessingException notJson) {
            throw rejected("the request is not JSON" + place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        if (!messages) {
            throw rejected("the request has no array \"messages\"");
        }
        return new Head(model, maxTokens, stream, saysStream);
    }

    private static String text(JsonParser parser, JsonToken value, String field) throws IOException {
        if (value != JsonToken.VALUE_STRING || parser.getText().isBlank()) {
            throw rejected("\"" + field + "\" must be a text");
        }
        return parser.getText();
    }

    private static long count(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
            throw rejected("\"max_tokens\" must be a whole number of 0 or more");
        }
        return parser.getLongValue();
    }

    /** The event in one frame of a Messages stream. A frame that is not a JSON object is a {@link JunkFrame}. */
    public StreamEvent event(byte[] json) throws JunkFrame {
        try {
            StreamEvent delta = plainDelta(json);
            return delta != null ? delta : otherEvent(json);
        } catch (JsonProcessingException notJson) {
            throw new JunkFrame("a frame of " + json.length + " bytes is not JSON" + place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** A delta of one string, by far the most frequent event, read without building a tree; null for any other. */
    private StreamEvent plainDelta(byte[] json) throws IOException {
        try (JsonParser parser = factory.createParser(json)) {
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
            return switch (type + '.' + field) {
                case "text_delta.text" -> new StreamEvent.TextDelta(index, value, frame);
                case "input_json_delta.partial_json" -> new StreamEvent.InputJsonDelta(index, value, frame);
                case "thinking_delta.thinking" -> new StreamEvent.ThinkingDelta(index, value, frame);
                case "signature_delta.signature" -> new StreamEvent.SignatureDelta(index, value, frame);
                default -> null;
            };
        }
    }

    private StreamEvent otherEvent(byte[] json) throws IOException, JunkFrame {
        JsonNode tree = mapper.readTree(json);
        if (!(tree instanceof ObjectNode event)) {
            throw new JunkFrame("a frame of " + json.length + " bytes is not a JSON object");
        }
        Optional<Frame> frame = Optional.of(new Frame(json));
        String type = event.path("type").asText();
        int index = event.path("index").asInt();
        return switch (type) {
            case "message_start" ->
                new StreamEvent.MessageStart(
                        part(event, "message"), usage(event.path("message").path("usage")), frame);
            case "content_block_start" -> new StreamEvent.BlockStart(index, part(event, "content_block"), frame);
            case "content_block_delta" -> delta(index, part(event, "delta"), frame);
            case "content_block_stop" -> new StreamEvent.BlockStop(index, frame);
            case "message_delta" ->
                new StreamEvent.MessageDelta(
                        part(event, "delta"), part(event, "usage"), usage(event.path("usage")), frame);
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

    private ObjectNode part(ObjectNode event, String field) {
        return event.get(field) instanceof ObjectNode object ? object : mapper.createObjectNode();
    }

    /** The events that a stream would have brought for this whole message. */
    public List<StreamEvent> events(byte[] message) {
        ObjectNode whole = reply(message);
        if (whole.path("type").asText().equals("error")) {
            throw ClaudeException.of(error(0, Map.of(), message, Optional.empty()));
        }
        if (!whole.path("content").isArray()) {
            throw noMessage("it has no content", null);
        }
        List<StreamEvent> events = new ArrayList<>();
        ObjectNode start = whole.deepCopy();
        start.putArray("content");
        ObjectNode usageJson = part(whole, "usage");
        Usage usage = usage(usageJson);
        events.add(new StreamEvent.MessageStart(start, usage, Optional.empty()));
        int index = 0;
        for (JsonNode block : whole.path("content")) {
            blockEvents(index++, block, events);
        }
        ObjectNode delta = mapper.createObjectNode();
        delta.set("stop_reason", whole.get("stop_reason"));
        delta.set("stop_sequence", whole.get("stop_sequence"));
        events.add(new StreamEvent.MessageDelta(delta, usageJson, usage, Optional.empty()));
        events.add(new StreamEvent.MessageStop(Optional.empty()));
        return events;
    }

    /** What is not JSON here is the endpoint's fault and not the caller's. */
    private ObjectNode reply(byte[] message) {
        try {
            return object(message, "it");
        } catch (ClaudeException.Rejected notJson) {
            throw noMessage(notJson.error().message(), notJson);
        }
    }

    private static ClaudeException noMessage(String why, Exception cause) {
        return new ClaudeException.Unavailable(
                ApiError.ours(502, "api_error", "the endpoint's answer is not a message: " + why), cause);
    }

    private void blockEvents(int index, JsonNode block, List<StreamEvent> events) {
        ObjectNode start = block instanceof ObjectNode object ? object.deepCopy() : mapper.createObjectNode();
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

    /** The JSON of an event: as it came, or written now. */
    public byte[] bytes(StreamEvent event) {
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
        return bytes(tree(event));
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

    private ObjectNode tree(StreamEvent event) {
        ObjectNode json = mapper.createObjectNode();
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

    /** The API's error in a response body or in the data of an {@code error} event; any other body is described. */
    public ApiError error(int status, Map<String, String> headers, byte[] body, Optional<Duration> retryAfter) {
        Optional<Frame> frame = body.length == 0 ? Optional.empty() : Optional.of(new Frame(body));
        JsonNode json;
        try {
            json = mapper.readTree(body);
        } catch (IOException notJson) {
            json = mapper.missingNode();
        }
        JsonNode error = json.path("error");
        Optional<String> requestId =
                optional(json.path("request_id")).or(() -> Optional.ofNullable(headers.get("request-id")));
        String type = error.path("type").asText("");
        if (type.isEmpty()) {
            return new ApiError(
                    status,
                    typeOf(status),
                    "the endpoint answered with status " + status + " and no error of the API",
                    Optional.empty(),
                    requestId,
                    retryAfter,
                    headers,
                    frame);
        }
        return new ApiError(
                status > 0 ? status : statusOf(type),
                type,
                error.path("message").asText(""),
                optional(error.path("details").path("error_code")),
                requestId,
                retryAfter,
                headers,
                frame);
    }

    private static Optional<String> optional(JsonNode node) {
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    /** The status that belongs to an error type; an unknown type is the server's fault. */
    public static int statusOf(String errorType) {
        return switch (errorType) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "conflict_error" -> 409;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 500;
        };
    }

    private static String typeOf(int status) {
        return switch (status) {
            case 400 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 504 -> "timeout_error";
            case 529 -> "overloaded_error";
            default -> status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    /** Token counts as the wire names them; absent and null both mean that nothing was told. */
    public Usage usage(JsonNode usage) {
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

    /** A request in one form for all ways to write it: fields sorted, no white space, without {@code stream}. */
    public byte[] canonical(byte[] request) {
        ObjectNode tree = object(request, "the request");
        tree.remove("stream");
        return bytes(sorted(tree));
    }

    private JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode sorted = mapper.createObjectNode();
            Map<String, JsonNode> fields = new TreeMap<>();
            object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            fields.forEach((name, value) -> sorted.set(name, sorted(value)));
            return sorted;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode sorted = mapper.createArrayNode();
            array.forEach(item -> sorted.add(sorted(item)));
            return sorted;
        }
        return node;
    }

    /** The text of a request that is one question of one user and nothing else. */
    public Optional<String> onlyQuestion(byte[] request) {
        ObjectNode tree = object(request, "the request");
        JsonNode messages = tree.path("messages");
        if (messages.size() != 1
                || tree.has("tools")
                || !messages.path(0).path("role").asText().equals("user")) {
            return Optional.empty();
        }
        JsonNode content = messages.path(0).path("content");
        JsonNode text =
                content.isArray() && content.size() == 1 ? content.path(0).path("text") : content;
        return optional(text);
    }

    /** Parses a JSON object of {@code what}. */
    public ObjectNode object(byte[] json, String what) {
        try {
            if (mapper.readTree(json) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException notJson) {
            throw rejected(what + " is not JSON" + place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        throw rejected(what + " is not a JSON object");
    }

    /** The JSON of a map, list or tree. */
    public byte[] bytesOf(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException notJson) {
            throw rejected("the message holds something that JSON cannot say");
        }
    }

    /** Parses any JSON value, or tells that it is none. */
    public Optional<JsonNode> value(String json) {
        try {
            return Optional.of(mapper.readTree(json));
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    /** Writes JSON to a stream, which stays open. */
    JsonGenerator generator(OutputStream out) {
        try {
            return mapper.createGenerator(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    public ObjectNode newObject() {
        return mapper.createObjectNode();
    }

    public ArrayNode newArray() {
        return mapper.createArrayNode();
    }

    public byte[] bytes(JsonNode json) {
        try {
            return mapper.writeValueAsBytes(json);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    public String string(JsonNode json) {
        return new String(bytes(json), UTF_8);
    }

    /** Where a text stops being JSON. Jackson's own sentence is left out, for it quotes the text. */
    private static String place(JsonProcessingException notJson) {
        return notJson.getLocation() == null
                ? ""
                : " (line " + notJson.getLocation().getLineNr() + ", column "
                        + notJson.getLocation().getColumnNr() + ")";
    }

    private static ClaudeException.Rejected rejected(String message) {
        return new ClaudeException.Rejected(ApiError.ours(400, "invalid_request_error", message));
    }

    /** A frame that cannot be read. It is reported and skipped; the stream goes on. */
    public static final class JunkFrame extends Exception {
        private static final long serialVersionUID = 1;

        JunkFrame(String message) {
            super(message, null, false, false);
        }
    }
}
