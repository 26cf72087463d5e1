package io.clauderoutes.message;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The fields of a Messages request that are made of a prompt's parts and options. */
final class RequestFields {

    private static final int LARGEST_FIRST_BUFFER = 64 * 1024 * 1024;
    private static final Set<String> TOOL_CHOICES = Set.of("auto", "any", "none");
    private static final String OUTPUT = "output_config";
    private static final String FORMAT = "format";
    private static final String JSON_SCHEMA = "json_schema";

    private RequestFields() {}

    /** About as many bytes as the JSON of the parts has. */
    static int size(List<ContentPart> parts) {
        long size = 256;
        for (ContentPart part : parts) {
            if (part instanceof ContentPart.Text text) {
                size += text.text().length();
            } else if (part instanceof ContentPart.TextDocument document) {
                size += document.text().length();
            } else if (part instanceof ContentPart.Binary binary) {
                size += binary.content().length() / 3 * 4L;
            }
        }
        return (int) Math.min(size, LARGEST_FIRST_BUFFER);
    }

    /** Writes the content of a message: a text, or blocks. */
    static void content(JsonGenerator json, List<ContentPart> parts) throws IOException {
        if (parts.size() == 1 && parts.get(0) instanceof ContentPart.Text only) {
            json.writeString(only.text());
            return;
        }
        json.writeStartArray();
        for (ContentPart part : parts) {
            json.writeStartObject();
            if (part instanceof ContentPart.Text text) {
                json.writeStringField("type", "text");
                json.writeStringField("text", text.text());
            } else if (part instanceof ContentPart.TextDocument document) {
                json.writeStringField("type", "document");
                json.writeObjectFieldStart("source");
                json.writeStringField("type", "text");
                json.writeStringField("media_type", "text/plain");
                json.writeStringField("data", document.text());
                json.writeEndObject();
                title(json, document.title());
            } else if (part instanceof ContentPart.Binary binary) {
                json.writeStringField("type", binary.type().isImage() ? "image" : "document");
                json.writeObjectFieldStart("source");
                json.writeStringField("type", "base64");
                json.writeStringField("media_type", binary.type().mediaType());
                json.writeFieldName("data");
                byte[] bytes = binary.content().bytes();
                json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, 0, bytes.length);
                json.writeEndObject();
                title(json, binary.type().isImage() ? "" : binary.title());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void title(JsonGenerator json, String title) throws IOException {
        if (!title.isEmpty()) {
            json.writeStringField("title", title);
        }
    }

    /** Adds the fields that the options are. */
    static ObjectNode options(ObjectNode fields, RequestOptions options) {
        options.temperature().ifPresent(value -> fields.put("temperature", value));
        options.topP().ifPresent(value -> fields.put("top_p", value));
        if (!options.stopSequences().isEmpty()) {
            options.stopSequences().forEach(fields.putArray("stop_sequences")::add);
        }
        options.thinkingBudget().ifPresent(budget -> {
            ObjectNode thinking = fields.putObject("thinking");
            if (budget == 0) {
                thinking.put("type", "disabled");
            } else {
                thinking.put("type", "enabled").put("budget_tokens", budget);
            }
        });
        output(fields, options);
        options.toolChoice().ifPresent(choice -> {
            ObjectNode tool = fields.putObject("tool_choice");
            if (TOOL_CHOICES.contains(choice)) {
                tool.put("type", choice);
            } else {
                tool.put("type", "tool").put("name", choice);
            }
        });
        return fields;
    }

    private static void output(ObjectNode fields, RequestOptions options) {
        if (options.effort().isEmpty() && options.output().isEmpty()) {
            return;
        }
        ObjectNode output = fields.putObject(OUTPUT);
        options.effort().ifPresent(effort -> output.put("effort", effort));
        options.output()
                .ifPresent(schema ->
                        output.putObject(FORMAT).put("type", JSON_SCHEMA).set("schema", schema.forApi()));
    }

    /** The schema that a request has itself or was given; empty if it has none. */
    static Optional<JsonNode> schema(JsonNode request) {
        JsonNode format = request.path(OUTPUT).path(FORMAT);
        return format.path("type").asText().equals(JSON_SCHEMA) ? Optional.of(format.path("schema")) : Optional.empty();
    }

    /** Adds the fields that a request does not have. */
    static void fillIn(ObjectNode request, ObjectNode fields) {
        fields.properties().forEach(field -> {
            JsonNode own = request.path(field.getKey());
            if (own.isMissingNode() || own.isNull()) {
                request.set(field.getKey(), field.getValue());
            } else if (field.getKey().equals(OUTPUT) && own instanceof ObjectNode output) {
                field.getValue().properties().forEach(part -> output.putIfAbsent(part.getKey(), part.getValue()));
            }
        });
    }
}
