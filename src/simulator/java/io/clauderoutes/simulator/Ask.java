package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a checked request asks of the model. The seed depends on the whole conversation, the prompt is its last turn. */
record Ask(String model, Form form, boolean stream, String prompt, long seed, Thinking thinking, Tools tools) {
    /** The tools of the request. */
    record Tools(JsonNode definitions, String choice, String name, ToolHistory history) {}

    /** Bounds and form of the reply. */
    record Form(int maxTokens, List<String> stopSequences, boolean cites, Optional<JsonNode> schema) {}

    enum Thinking {
        NONE,
        SHOWN,
        OMITTED
    }

    static Ask of(JsonNode root) {
        long seed = 7;
        String prompt = "";
        String question = "";
        int rounds = 0;
        List<String> results = List.of();
        boolean cites = false;
        seed = seed * 31 + root.path("system").hashCode();
        for (JsonNode message : root.path("messages")) {
            JsonNode content = message.path("content");
            StringBuilder text = new StringBuilder();
            List<String> resultsHere = new ArrayList<>();
            if (content.isTextual()) {
                text.append(content.textValue());
            }
            for (JsonNode block : content) {
                String type = block.path("type").asText();
                if (type.equals("text")) {
                    text.append(text.isEmpty() ? "" : "\n")
                            .append(block.path("text").asText());
                }
                if (type.equals("tool_result")) {
                    resultsHere.add(resultText(block.path("content")));
                }
                cites |= block.path("citations").path("enabled").asBoolean();
            }
            seed = seed * 31 + text.toString().hashCode();
            if (message.path("role").asText().equals("user")) {
                prompt = text.toString();
                question = resultsHere.isEmpty() ? prompt : question;
                rounds = resultsHere.isEmpty() ? 0 : rounds + 1;
                results = List.copyOf(resultsHere);
            }
        }
        List<String> stops = new ArrayList<>();
        root.path("stop_sequences").forEach(stop -> stops.add(stop.asText()));
        JsonNode format = root.path("output_config").path("format");
        return new Ask(
                root.path("model").asText(),
                new Form(
                        root.path("max_tokens").asInt(),
                        List.copyOf(stops),
                        cites,
                        format.path("type").asText().equals("json_schema")
                                ? Optional.of(format.path("schema"))
                                : Optional.empty()),
                root.path("stream").asBoolean(),
                prompt,
                seed,
                thinking(root),
                new Tools(
                        root.path("tools"),
                        root.path("tool_choice").path("type").asText("auto"),
                        root.path("tool_choice").path("name").asText(),
                        new ToolHistory(question, rounds, results)));
    }

    /**
     * The rounds of tools since the last question.
     *
     * @param question the last turn of the user without results of tools
     * @param rounds how many turns with results have followed
     * @param results texts of the last of these
     */
    record ToolHistory(String question, int rounds, List<String> results) {}

    private static String resultText(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        StringBuilder text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asText("")));
        return text.toString();
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
