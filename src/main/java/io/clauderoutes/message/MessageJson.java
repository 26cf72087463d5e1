package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Usage;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The codec of the Messages API. It and its parts, which are in this package alone, are the one place that knows the wire's
 * field names. What it does not know it keeps.
 */
public final class MessageJson {

    private final JsonValues values = new JsonValues();
    private final RequestTermsReader terms = new RequestTermsReader(values);
    private final RequestJson requests = new RequestJson(values, terms);
    private final RequestMessages requestMessages = new RequestMessages(values);
    private final SchemaReader schemas = new SchemaReader(values);
    private final RoundJson rounds = new RoundJson(values);
    private final EventReader eventReader = new EventReader(values);
    private final EventWriter eventWriter = new EventWriter(values);
    private final ClientMessageReader clientMessages = new ClientMessageReader(values);
    private final ErrorJson errors;
    private final WholeMessage wholeMessages;

    public MessageJson() {
        this(UnaryOperator.identity());
    }

    /** @param errorBodies what is done to the body of each error of the API before anything of it is used */
    public MessageJson(UnaryOperator<byte[]> errorBodies) {
        this.errors = new ErrorJson(values, errorBodies);
        this.wholeMessages = new WholeMessage(values, errors);
    }

    /** A request that asks {@code text} in one user message. */
    public MessagesRequest request(String text, String system, String model, long maxTokens, boolean stream) {
        return requests.request(
                List.of(new ContentPart.Text(text)), new RequestDefaults(model, system, maxTokens, stream));
    }

    /** A request whose one user message has these parts; a single text is the message itself. */
    public MessagesRequest request(List<ContentPart> parts, RequestDefaults fields) {
        return requests.request(parts, fields);
    }

    /**
     * A request that came as JSON. It goes on byte for byte where nothing has to be filled in.
     *
     * @param stream how the reply is wanted; absent leaves it to the request
     * @throws ClaudeException.Rejected if it is not a JSON object with {@code messages}
     */
    public MessagesRequest request(byte[] json, RequestDefaults defaults, Optional<Boolean> stream) {
        return requests.request(json, defaults, stream);
    }

    /**
     * Whether a JSON object has the field {@code messages}: it is a Messages request then. Any other JSON is a text.
     *
     * @throws ClaudeException.Rejected if it is not JSON
     */
    public boolean isRequest(byte[] json) {
        return requests.isRequest(json);
    }

    /**
     * A request that goes on byte for byte whatever it holds: what it lacks is for the API to say.
     *
     * @throws ClaudeException.Rejected only if it is not a JSON object
     */
    public MessagesRequest requestAsItIs(byte[] json) {
        return requests.requestAsItIs(json);
    }

    /**
     * What a request says about its price, as the API may read it.
     *
     * @throws ClaudeException.Rejected if it can be read in two ways; the message names the field
     */
    public RequestTerms terms(byte[] request) {
        return terms.read(request);
    }

    /** A message of a WebSocket client; an unreadable message is {@link ClientMessage.Invalid}. */
    public ClientMessage clientMessage(byte[] json) {
        return clientMessages.read(json);
    }

    /** A request in one form for all ways to write it: fields sorted, no white space, without {@code stream}. */
    public byte[] canonical(byte[] request) {
        return requests.canonical(request);
    }

    /** The fields of a request that counting its tokens takes. */
    public byte[] countable(byte[] request) {
        return requests.countable(request);
    }

    /** The same request with another model; all else stays byte for byte. */
    public MessagesRequest withModel(MessagesRequest request, String model) {
        return requests.requestAsItIs(requests.withModel(request.json().bytes(), model));
    }

    /** The messages of a request. */
    public ArrayNode messages(MessagesRequest request) {
        return requestMessages.of(request);
    }

    /** The same request with other messages. */
    public MessagesRequest withMessages(MessagesRequest request, ArrayNode messages) {
        return requestMessages.with(request, messages);
    }

    /** A message of a request that is a text. */
    public ObjectNode textMessage(String role, String text) {
        return requestMessages.text(role, text);
    }

    /**
     * A JSON schema for replies.
     *
     * @throws IllegalArgumentException if it is none, or if the API cannot take it; the message says where
     */
    public OutputSchema outputSchema(String schema) {
        return schemas.read(schema);
    }

    /** The schema by which the reply to a request is checked: the request's own, or the one that was filled in. */
    public OutputSchema outputSchema(MessagesRequest request, OutputSchema filledIn) {
        return RequestFields.schema(values.object(request.json().bytes(), "the request"))
                .filter(own -> !own.equals(filledIn.forApi()))
                .map(own -> new OutputSchema(values.string(own), own))
                .orElse(filledIn);
    }

    /** What a request uses besides text. */
    public RequestFeatures features(byte[] request) {
        return requests.features(request);
    }

    /** What the length of the reply to a request depends on. */
    public PromptOutline outline(byte[] request) {
        return requests.outline(request);
    }

    /** The text of a request that is one question of one user and nothing else. */
    public Optional<String> onlyQuestion(byte[] request) {
        return requests.onlyQuestion(request);
    }

    /** The names of the tools that a request defines itself. */
    public Set<String> ownTools(MessagesRequest request) {
        return rounds.ownTools(request);
    }

    /** The same request with more tools. */
    public MessagesRequest withTools(MessagesRequest request, List<ToolSpec> tools) {
        return rounds.withTools(request, tools);
    }

    /** The calls of tools in a message, in their order. */
    public List<ToolCall> toolCalls(JsonNode message) {
        return rounds.calls(message);
    }

    /**
     * The request of the next round of a request with tools.
     *
     * @param content of the model's message, as it came
     * @param results of all calls of tools in it
     */
    public MessagesRequest nextRound(MessagesRequest request, JsonNode content, List<ToolOutput> results) {
        return rounds.next(request, content, results);
    }

    /** The event in one frame of a Messages stream. A frame that is not a JSON object is a {@link JunkFrame}. */
    public StreamEvent event(byte[] json) throws JunkFrame {
        return eventReader.event(json);
    }

    /** The event in a frame that was read or written here before. */
    public StreamEvent known(byte[] json) {
        try {
            return eventReader.event(json);
        } catch (JunkFrame impossible) {
            throw new IllegalStateException("an event cannot be read that was read or written here", impossible);
        }
    }

    /** Whether the bytes are a message of the Messages API. */
    public boolean isMessage(byte[] bytes) {
        return value(new String(bytes, UTF_8))
                .filter(json -> json.path("type").asText().equals("message")
                        && json.path("content").isArray())
                .isPresent();
    }

    /** The events that a stream would have brought for this whole message. */
    public List<StreamEvent> events(byte[] message) {
        return wholeMessages.events(message);
    }

    /** Token counts as the wire names them; absent and null both mean unknown. */
    public Usage usage(JsonNode usage) {
        return EventReader.usage(usage);
    }

    /**
     * Token counts after the event with {@code later}: its counts replace earlier counts, except where they are null.
     * Neither object is changed.
     */
    @SuppressWarnings("ReferenceEquality") // the very same counts are those of a message that came whole
    public static ObjectNode runningTotals(ObjectNode told, ObjectNode later) {
        if (told == later) {
            return told;
        }
        ObjectNode counts = copy(told);
        later.properties().forEach(count -> {
            if (!count.getValue().isNull() || !counts.has(count.getKey())) {
                counts.set(count.getKey(), count.getValue());
            }
        });
        return counts;
    }

    /** The JSON of an event: as it came, or written now. */
    public byte[] bytes(StreamEvent event) {
        return eventWriter.bytes(event);
    }

    /** The name of an event on the wire. */
    public static String nameOf(StreamEvent event) {
        return EventWriter.nameOf(event);
    }

    /** The API's error in a response body or in the data of an {@code error} event; any other body is described. */
    public ApiError error(int status, Map<String, String> headers, byte[] body, Optional<Duration> retryAfter) {
        return errors.error(status, headers, body, retryAfter);
    }

    /** The body of an error: as it came from the endpoint, or written now. */
    public byte[] bytes(ApiError error) {
        return errors.bytes(error, "");
    }

    /**
     * The body of an error with the trace that its request belongs to. An error that came from the endpoint stays as it is.
     *
     * @param traceId empty text if there is none
     */
    public byte[] bytes(ApiError error, String traceId) {
        return errors.bytes(error, traceId);
    }

    /** Parses a JSON object of {@code what}. */
    public ObjectNode object(byte[] json, String what) {
        return values.object(json, what);
    }

    /** Parses any JSON value, or tells that it is none. */
    public Optional<JsonNode> value(String json) {
        return values.value(json);
    }

    public ObjectNode newObject() {
        return values.newObject();
    }

    /** Another object with the same fields. Their values are shared, so they are not to be changed. */
    public static ObjectNode copy(ObjectNode json) {
        return JsonValues.copy(json);
    }

    public ArrayNode newArray() {
        return values.newArray();
    }

    public byte[] bytes(JsonNode json) {
        return values.bytes(json);
    }

    /** The JSON of a map, list or tree. */
    public byte[] bytesOf(Object value) {
        return values.bytesOf(value);
    }

    public String string(JsonNode json) {
        return values.string(json);
    }

    /** Reads JSON token by token. */
    JsonParser parser(byte[] bytes) throws IOException {
        return values.parser(bytes);
    }

    /** Writes JSON to a stream, which stays open. */
    JsonGenerator generator(OutputStream out) {
        return values.generator(out);
    }

    /** A frame that cannot be read. It is reported and skipped; the stream goes on. */
    public static final class JunkFrame extends Exception {
        private static final long serialVersionUID = 1;

        JunkFrame(String message) {
            super(message, null, false, false);
        }
    }
}
