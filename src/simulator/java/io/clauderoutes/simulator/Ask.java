package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a checked request asks of the model. The seed depends on the whole conversation, the prompt is its last turn. */
record Ask(
        String model,
        int maxTokens,
        boolean stream,
        String prompt,
        long seed,
        List<String> stopSequences,
        Thinking thinking,
        JsonNode tools,
        String toolChoice,
        String toolName,
        boolean afterToolResult,
        boolean cites,
        Optional<JsonNode> schema) {

    enum Thinking {
        NONE,
        SHOWN,
        OMITTED
    }

    static Ask of(JsonNode root) {
        long seed = 7;
        String prompt = "";
        boolean afterToolResult = false;
        boolean cites = false;
        seed = seed * 31 + root.path("system").hashCode();
        for (JsonNode message : root.path("messages")) {
            JsonNode content = message.path("content");
            StringBuilder text = new StringBuilder();
            afterToolResult = false;
            if (content.isTextual()) {
                text.append(content.textValue());
            }
            for (JsonNode block : content) {
                String type = block.path("type").asText();
                if (type.equals("text")) {
                    text.append(text.isEmpty() ? "" : "\n")
                            .append(block.path("text").asText());
                }
                afterToolResult |= type.equals("tool_result");
                cites |= block.path("citations").path("enabled").asBoolean();
            }
            seed = seed * 31 + text.toString().hashCode();
            if (message.path("role").asText().equals("user")) {
                prompt = text.toString();
            }
        }
        List<String> stops = new ArrayList<>();
        root.path("stop_sequences").forEach(stop -> stops.add(stop.asText()));
        JsonNode format = root.path("output_config").path("format");
        return new Ask(
                root.path("model").asText(),
                root.path("max_tokens").asInt(),
                root.path("stream").asBoolean(),
                prompt,
                seed,
                List.copyOf(stops),
                thinking(root),
                root.path("tools"),
                root.path("tool_choice").path("type").asText("auto"),
                root.path("tool_choice").path("name").asText(),
                afterToolResult,
                cites,
                format.path("type").asText().equals("json_schema")
                        ? Optional.of(format.path("schema"))
                        : Optional.empty());
    }

    private static Thinking thinking(JsonNode root) {
        JsonNode thinking = root.path("thinking");
        return switch (thinking.path("type").asText()) {
            case "adaptive", "enabled" ->
                thinking.path("display").asText().equals("omitted") ? Thinking.OMITTED : Thinking.SHOWN;
            default -> Thinking.NONE;
        };
    }
}
