package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.text.Printable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The codec of the Message Batches API, and of company gateways that take several prompts in one call. */
public final class BatchJson {

    /** Not statuses of the API, which has none for an item that it never came to. */
    private static final int GONE = 410;

    private static final int MOST_REQUESTS = 100_000;
    private static final String CUSTOM_ID = "custom_id";
    private static final Pattern CUSTOM_ID_FORM = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final Set<String> NOT_IN_BATCHES =
            Set.of("speed", "thread", "fallbacks", "fallback_credit_token", "diagnostics");

    private final MessageJson json;

    public BatchJson(MessageJson json) {
        this.json = json;
    }

    /** The items of a request, told one after the other. */
    @FunctionalInterface
    public interface Items {
        void tell(Each each) throws IOException;
    }

    /** One item: the name by which its result will come, and a request as JSON. */
    @FunctionalInterface
    public interface Each {
        void item(String customId, byte[] request) throws IOException;
    }

    /** Writes the request that creates a batch. */
    public void creation(OutputStream out, Items items) throws IOException {
        try (JsonGenerator writer = json.generator(out)) {
            writer.writeStartObject();
            writer.writeArrayFieldStart("requests");
            items.tell((customId, request) -> {
                writer.writeStartObject();
                writer.writeStringField("custom_id", customId);
                writer.writeFieldName("params");
                writer.writeRawValue(new String(request, UTF_8));
                writer.writeEndObject();
            });
            writer.writeEndArray();
            writer.writeEndObject();
        }
    }

    /** Writes the request of a company gateway: the same prompts, and no names. */
    public void prompts(OutputStream out, Items items) throws IOException {
        try (JsonGenerator writer = json.generator(out)) {
            writer.writeStartObject();
            writer.writeArrayFieldStart("prompts");
            items.tell((customId, prompt) -> writer.writeString(
                    json.object(prompt, "the request").path("prompt").asText()));
            writer.writeEndArray();
            writer.writeEndObject();
        }
    }

    /**
     * The answers of a company gateway, in the order of its prompts: the only list in its answer, whatever that is called. An
     * answer that is none is empty.
     */
    public List<Optional<String>> answers(byte[] body) {
        JsonNode whole = json.value(new String(body, UTF_8)).orElseThrow(() -> strange("it is not JSON"));
        JsonNode list = whole;
        for (JsonNode field : whole.isObject() ? whole : json.newArray()) {
            list = field.isArray() ? field : list;
        }
        if (!list.isArray()) {
            throw strange("it holds no list");
        }
        List<Optional<String>> answers = new ArrayList<>();
        for (JsonNode answer : list) {
            JsonNode text = answer.isTextual() ? answer : answer.path("text");
            answers.add(text.isTextual() ? Optional.of(text.asText()) : Optional.empty());
        }
        return answers;
    }

    /** An answer of a company gateway as the body that it would have alone. */
    public byte[] promptAnswer(String text) {
        return json.bytes(json.newObject().put("text", text));
    }

    /** A batch, as the API tells it when it is created and whenever it is looked at. */
    public ApiBatch batch(byte[] body) {
        return batch(object(body));
    }

    /** The JSON of a batch, with all its fields. */
    public ObjectNode whole(byte[] body) {
        ObjectNode whole = object(body);
        batch(whole);
        return whole;
    }

    private static ApiBatch batch(JsonNode batch) {
        String id = batch.path("id").isTextual() ? batch.path("id").asText() : "";
        if (!id.matches("[A-Za-z0-9_-]{1,200}")) {
            throw strange("it has no id");
        }
        JsonNode counts = batch.path("request_counts");
        return new ApiBatch(
                id,
                time(batch.path("created_at").asText("")),
                batch.path("processing_status").asText().equals("ended"),
                batch.path("archived_at").isTextual(),
                new ApiBatch.Counts(
                        counts.path("processing").asLong(),
                        counts.path("succeeded").asLong(),
                        counts.path("errored").asLong(),
                        counts.path("canceled").asLong(),
                        counts.path("expired").asLong()));
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException untold) {
            return Instant.MAX;
        }
    }

    /**
     * One page of the list of batches, newest first.
     *
     * @param last the id after which the next page begins, empty if there is none
     */
    public record Page(List<ApiBatch> batches, Optional<String> last) {}

    public Page page(byte[] body) {
        ObjectNode page = object(body);
        List<ApiBatch> batches = new ArrayList<>();
        page.path("data").forEach(one -> batches.add(batch(one)));
        boolean more = page.path("has_more").asBoolean() && !batches.isEmpty();
        return new Page(
                batches, more ? Optional.of(batches.get(batches.size() - 1).id()) : Optional.empty());
    }

    private ObjectNode object(byte[] body) {
        return json.value(new String(body, UTF_8))
                .filter(ObjectNode.class::isInstance)
                .map(ObjectNode.class::cast)
                .orElseThrow(() -> strange("it is not a JSON object"));
    }

    private static ClaudeException strange(String why) {
        return new ClaudeException.Unavailable(
                ApiError.ours(502, "api_error", "the endpoint's answer about a batch cannot be read: " + why));
    }

    /** One line of results. A line that holds none is a {@link MessageJson.JunkFrame}. */
    public BatchResult result(byte[] line) throws MessageJson.JunkFrame {
        JsonNode whole = json.value(new String(line, UTF_8)).orElse(null);
        if (whole == null
                || !whole.path("custom_id").isTextual()
                || !whole.path("result").isObject()) {
            throw new MessageJson.JunkFrame("a line of " + line.length + " bytes holds no result");
        }
        String id = whole.path("custom_id").asText();
        JsonNode result = whole.path("result");
        String type = result.path("type").asText();
        if (type.equals("succeeded")) {
            return new BatchResult(id, new BatchResult.Succeeded(new Frame(json.bytes(result.path("message")))));
        }
        return new BatchResult(id, new BatchResult.Failed(type, error(type, result.path("error"))));
    }

    private ApiError error(String type, JsonNode error) {
        if (type.equals("errored")) {
            return json.error(0, Map.of(), json.bytes(error), Optional.empty());
        }
        return new ApiError(
                GONE,
                type,
                "the batch ended before the API came to this item: it is " + type,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new ApiError.ErrorResponse(
                        Map.of(),
                        Optional.of(new Frame(json.bytes(json.newObject().put("type", type))))));
    }

    /**
     * One request of a batch that a client creates.
     *
     * @param customId the client's name of it, unlike that of any other request of the batch
     * @param params a Messages request, byte for byte
     */
    public record Request(String customId, Frame params) {}

    /**
     * The requests of the body that creates a batch.
     *
     * @throws ClaudeException.Rejected that names the field which is wrong
     */
    public List<Request> requests(byte[] body) {
        byte[] text = withoutMark(body);
        List<Request> requests = new ArrayList<>();
        try (JsonParser parser = json.parser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonValues.rejected("the body that creates a batch is a JSON object");
            }
            boolean found = false;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                if (found || !parser.currentName().equals("requests")) {
                    throw JsonValues.rejected(extra(parser.currentName()));
                }
                found = true;
                if (parser.nextToken() != JsonToken.START_ARRAY) {
                    throw JsonValues.rejected("requests: expected a list");
                }
                read(parser, text, requests);
            }
            if (parser.nextToken() != null) {
                throw JsonValues.rejected("something follows the closing brace of the body");
            }
        } catch (IOException unreadable) {
            throw JsonValues.rejected("the body that creates a batch is not JSON, or is nested deeper than "
                    + JsonValues.DEEPEST_NESTING + " levels");
        }
        if (requests.isEmpty()) {
            throw JsonValues.rejected("requests: expected a list with at least 1 request");
        }
        return requests;
    }

    private static void read(JsonParser parser, byte[] text, List<Request> requests) throws IOException {
        Set<String> names = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (requests.size() == MOST_REQUESTS) {
                throw JsonValues.rejected("requests: expected at most " + MOST_REQUESTS + " requests");
            }
            String at = "requests." + requests.size();
            Request request = request(parser, text, at);
            if (!names.add(request.customId())) {
                throw JsonValues.rejected(at + ".custom_id: another request of the batch has the same custom_id");
            }
            requests.add(request);
        }
    }

    private static Request request(JsonParser parser, byte[] text, String at) throws IOException {
        String customId = null;
        byte[] params = null;
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw JsonValues.rejected(at + ": expected an object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals(CUSTOM_ID) && customId == null) {
                customId = value == JsonToken.VALUE_STRING ? parser.getText() : "";
            } else if (field.equals("params") && params == null && value == JsonToken.START_OBJECT) {
                int begin = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                params = Arrays.copyOfRange(
                        text, begin, (int) parser.currentLocation().getByteOffset());
            } else {
                throw JsonValues.rejected(
                        at + "." + (field.equals("params") ? "params: expected one object" : extra(field)));
            }
        }
        if (customId == null || !CUSTOM_ID_FORM.matcher(customId).matches()) {
            throw JsonValues.rejected(at + ".custom_id: expected 1 to 64 characters of a-z, A-Z, 0-9, _ and -");
        }
        if (params == null) {
            throw JsonValues.rejected(at + ".params: the field is missing");
        }
        return new Request(customId, new Frame(params));
    }

    private static String extra(String field) {
        return Printable.of(field) + ": the field is not known here, or occurs twice";
    }

    private static byte[] withoutMark(byte[] body) {
        boolean marked = body.length >= MARK.length && Arrays.equals(body, 0, MARK.length, MARK, 0, MARK.length);
        return marked ? Arrays.copyOfRange(body, MARK.length, body.length) : body;
    }

    /** A line of results with another {@code custom_id}; all else stays byte for byte, but for what is not UTF-8. */
    public byte[] withCustomId(byte[] line, String customId) {
        try {
            return renamed(line, customId);
        } catch (IOException notUtf8) {
            return withCustomIdOf(new String(line, UTF_8).getBytes(UTF_8), customId);
        }
    }

    private byte[] withCustomIdOf(byte[] line, String customId) {
        try {
            return renamed(line, customId);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the line has been read as JSON before", unreadable);
        }
    }

    private byte[] renamed(byte[] line, String customId) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(line.length + customId.length());
        int copied = 0;
        try (JsonParser parser = json.parser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isId = parser.currentName().equals(CUSTOM_ID);
                if (parser.nextToken() == JsonToken.VALUE_STRING && isId) {
                    int begin = (int) parser.currentTokenLocation().getByteOffset();
                    parser.finishToken();
                    out.write(line, copied, begin - copied);
                    out.writeBytes(json.bytesOf(customId));
                    copied = (int) parser.currentLocation().getByteOffset();
                }
                parser.skipChildren();
            }
        }
        out.write(line, copied, line.length - copied);
        return out.toByteArray();
    }

    /** Why a request cannot be part of a batch; empty if it can. */
    public Optional<String> unfit(MessagesRequest request) {
        if (request.stream()) {
            return Optional.of("\"stream\": true, and a batch is not streamed");
        }
        if (request.maxTokens() == 0) {
            return Optional.of("no \"max_tokens\" of 1 or more: 0 fills the prompt cache and answers nothing");
        }
        try (JsonParser parser = json.parser(request.json().bytes())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_NULL && NOT_IN_BATCHES.contains(field)) {
                    return Optional.of("\"" + field + "\", which the API does not take there");
                }
                parser.skipChildren();
            }
            return Optional.empty();
        } catch (IOException unreadable) {
            throw JsonValues.rejected("the request is not JSON");
        }
    }
}
