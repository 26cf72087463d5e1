package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Requests with tools of the bundle: their definitions, and the messages that each round adds. */
final class RoundJson {

    private static final String TOOLS = "tools";
    private static final String CHOICE = "tool_choice";
    private static final String TYPE = "type";
    private static final Set<String> FORCED = Set.of("any", "tool");

    private final JsonValues values;

    RoundJson(JsonValues values) {
        this.values = values;
    }

    /** The names of the tools that a request defines itself. */
    Set<String> ownTools(MessagesRequest request) {
        Set<String> names = new HashSet<>();
        for (JsonNode tool :
                values.object(request.json().bytes(), "the request").path(TOOLS)) {
            names.add(tool.path("name").asText());
        }
        return names;
    }

    MessagesRequest withTools(MessagesRequest request, List<ToolSpec> specs) {
        ObjectNode tree = values.object(request.json().bytes(), "the request");
        ArrayNode tools = tree.get(TOOLS) instanceof ArrayNode own ? own : tree.putArray(TOOLS);
        for (ToolSpec spec : specs) {
            ObjectNode tool = tools.addObject().put("name", spec.name());
            tool.put("description", spec.description());
            if (spec.strict()) {
                tool.put("strict", true);
            }
            tool.set("input_schema", spec.schema());
        }
        return with(request, tree);
    }

    /** The calls of tools in the content of a message, in their order. */
    List<ToolCall> calls(JsonNode message) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode block : message.path("content")) {
            if (block.path(TYPE).asText().equals("tool_use")) {
                calls.add(new ToolCall(
                        block.path("id").asText(),
                        block.path("name").asText(),
                        block.get("input") instanceof ObjectNode input ? input : values.newObject()));
            }
        }
        return calls;
    }

    /**
     * The request of the next round. A choice that forces the model to use a tool counts for the first round alone: otherwise the
     * rounds would never end.
     */
    MessagesRequest next(MessagesRequest request, JsonNode content, List<ToolOutput> results) {
        ObjectNode tree = values.object(request.json().bytes(), "the request");
        if (!(tree.get("messages") instanceof ArrayNode messages)) {
            throw JsonValues.rejected("the request has no array \"messages\"");
        }
        messages.addObject().put("role", "assistant").set("content", content);
        ArrayNode blocks = messages.addObject().put("role", "user").putArray("content");
        for (ToolOutput result : results) {
            blocks.add(result(result));
        }
        if (tree.get(CHOICE) instanceof ObjectNode choice
                && FORCED.contains(choice.path(TYPE).asText())) {
            choice.put(TYPE, "auto").remove("name");
        }
        return with(request, tree);
    }

    private ObjectNode result(ToolOutput result) {
        ByteArrayBuilder bytes = new ByteArrayBuilder(RequestFields.size(result.content()));
        try (bytes;
                JsonGenerator json = values.generator(bytes)) {
            json.writeStartObject();
            json.writeStringField(TYPE, "tool_result");
            json.writeStringField("tool_use_id", result.id());
            if (!result.content().isEmpty()) {
                json.writeFieldName("content");
                RequestFields.content(json, result.content());
            }
            if (result.error()) {
                json.writeBooleanField("is_error", true);
            }
            json.writeEndObject();
            json.flush();
            return values.object(bytes.toByteArray(), "a result");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private MessagesRequest with(MessagesRequest request, ObjectNode tree) {
        return new MessagesRequest(
                new Frame(values.bytes(tree)), request.model(), request.maxTokens(), request.stream());
    }
}
