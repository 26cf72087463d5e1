package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The codec of the Message Batches API, and of company gateways that take several prompts in one call. */
public final class BatchJson {

    /** Not statuses of the API, which has none for an item that it never came to. */
    private static final int GONE = 410;

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

    /** A batch, as the API tells it when it is created and whenever it is looked at. */
    public ApiBatch batch(byte[] body) {
        return batch(object(body));
    }

    private static ApiBatch batch(JsonNode batch) {
        String id = batch.path("id").asText("");
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
                Map.of(),
                Optional.of(new Frame(json.bytes(json.newObject().put("type", type)))));
    }

    /** Why a request cannot be part of a batch; empty if it can. */
    public Optional<String> unfit(MessagesRequest request) {
        if (request.stream()) {
            return Optional.of("\"stream\": true, and a batch is not streamed");
        }
        if (request.maxTokens() == 0) {
            return Optional.of("\"max_tokens\": 0, which fills the prompt cache and answers nothing");
        }
        ObjectNode body = json.object(request.json().bytes(), "the request");
        for (String field : List.of("speed", "thread", "fallbacks", "fallback_credit_token", "diagnostics")) {
            if (body.hasNonNull(field)) {
                return Optional.of("\"" + field + "\", which the API does not take there");
            }
        }
        return Optional.empty();
    }
}
