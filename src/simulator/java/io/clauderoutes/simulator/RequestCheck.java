package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses what the API refuses, in its words. The first thing wrong is the one that is told, and a field that is not
 * known is wrong.
 */
final class RequestCheck {

    static final String NEW_VERSION = "2026-10-21";
    static final Set<String> VERSIONS = Set.of("2023-06-01", NEW_VERSION);

    private static final int MOST_MESSAGES = 100_000;

    private static final Set<String> SAMPLING = Set.of("temperature", "top_p", "top_k");

    private static final Set<String> COUNTED = Set.of(
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "cache_control",
            "speed");

    private static final Set<String> ASKED = Set.of(
            "max_tokens",
            "stream",
            "stop_sequences",
            "container",
            "diagnostics",
            "inference_geo",
            "metadata",
            "service_tier");

    private static final Set<String> BETA = Set.of(
            "fallbacks",
            "fallback_credit_token",
            "context_management",
            "compaction",
            "mcp_servers",
            "thread",
            "billing_policy",
            "output_format");

    private final String version;
    private final boolean beta;
    private final boolean counting;

    RequestCheck(String version, boolean beta, boolean counting) {
        this.version = version;
        this.beta = beta;
        this.counting = counting;
    }

    static JsonNode parse(byte[] body) throws RefusedCall {
        JsonNode root;
        try {
            root = Json.read(body);
        } catch (JsonProcessingException e) {
            JsonLocation at = Optional.ofNullable(e.getLocation()).orElse(JsonLocation.NA);
            throw invalid("The request body is not valid JSON: line " + at.getLineNr() + " column " + at.getColumnNr());
        } catch (IOException e) {
            throw invalid("The request body is not valid JSON: it is not UTF-8");
        }
        if (root == null || !root.isObject()) {
            throw invalid("The request body must be a JSON object");
        }
        return root;
    }

    JsonNode read(byte[] body) throws RefusedCall {
        return read(parse(body));
    }

    JsonNode read(JsonNode root) throws RefusedCall {
        model(root);
        if (!counting) {
            maxTokens(root);
        }
        JsonNode messages = required(root, "messages");
        unknownFields(root);
        messages(root, messages);
        system(root);
        thinking(root);
        tools(root);
        stopSequences(root);
        rest(root);
        return root;
    }

    private static void model(JsonNode root) throws RefusedCall {
        JsonNode model = required(root, "model");
        if (!model.isTextual()) {
            throw invalid("model: Input should be a valid string");
        }
        if (model.textValue().isEmpty()) {
            throw invalid("model: String should have at least 1 character");
        }
        if (!Models.exists(model.textValue())) {
            throw new RefusedCall(new ErrorReply(404, "model: " + model.textValue()));
        }
    }

    private static void maxTokens(JsonNode root) throws RefusedCall {
        JsonNode maxTokens = required(root, "max_tokens");
        if (!maxTokens.isIntegralNumber() || !maxTokens.canConvertToInt()) {
            throw invalid("max_tokens: Input should be a valid integer");
        }
        if (maxTokens.intValue() < 0) {
            throw invalid("max_tokens: Input should be greater than or equal to 0");
        }
        int most = Models.version(root.path("model").asText()) < 4.6 ? 64_000 : 300_000;
        if (maxTokens.intValue() > most) {
            throw invalid("max_tokens: " + maxTokens.intValue() + " > " + most
                    + ", which is the maximum allowed number of output tokens for "
                    + root.path("model").asText());
        }
    }

    private void unknownFields(JsonNode root) throws RefusedCall {
        for (Iterator<String> names = root.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            boolean known = COUNTED.contains(name)
                    || (!counting && ASKED.contains(name))
                    || (beta && BETA.contains(name))
                    || (SAMPLING.contains(name) && !counting && !version.equals(NEW_VERSION));
            if (!known) {
                throw invalid(name + ": Extra inputs are not permitted");
            }
        }
    }

    private void messages(JsonNode root, JsonNode messages) throws RefusedCall {
        if (!messages.isArray()) {
            throw invalid("messages: Input should be a valid array");
        }
        if (messages.isEmpty()) {
            throw invalid("messages: at least one message is required");
        }
        if (messages.size() > MOST_MESSAGES) {
            throw invalid("messages: Too many messages, at most 100,000 are allowed");
        }
        int i = 0;
        for (JsonNode message : messages) {
            message("messages." + i, message, i == messages.size() - 1);
            i++;
        }
        String last = messages.get(messages.size() - 1).path("role").asText();
        if (last.equals("assistant")
                && !Models.acceptsPrefill(root.path("model").asText())) {
            throw invalid("This model does not support assistant message prefill. The conversation must end with a user"
                    + " message.");
        }
    }

    private void message(String at, JsonNode message, boolean last) throws RefusedCall {
        if (!message.isObject()) {
            throw invalid(at + ": Input should be an object");
        }
        JsonNode role = message.get("role");
        if (role == null) {
            throw invalid(at + ".role: Field required");
        }
        String name = role.asText();
        if (!name.equals("user") && !name.equals("assistant") && !name.equals("system")) {
            throw invalid(at + ".role: Input should be 'user', 'assistant' or 'system'");
        }
        JsonNode content = message.get("content");
        if (content == null) {
            throw invalid(at + ".content: Field required");
        }
        for (Iterator<String> names = message.fieldNames(); names.hasNext(); ) {
            String field = names.next();
            if (!field.equals("role") && !field.equals("content")) {
                throw invalid(at + "." + field + ": Extra inputs are not permitted");
            }
        }
        if (!content.isTextual() && !content.isArray()) {
            throw invalid(at + ".content: Input should be a valid string or array");
        }
        boolean empty = content.isTextual() ? content.textValue().isEmpty() : content.isEmpty();
        if (empty && !(last && name.equals("assistant"))) {
            throw invalid(
                    at + ": all messages must have non-empty content except for the optional final assistant message");
        }
        if (content.isArray()) {
            int i = 0;
            for (JsonNode block : content) {
                block(at + ".content." + i, block, name);
                i++;
            }
        }
    }

    private void block(String at, JsonNode block, String role) throws RefusedCall {
        JsonNode type = block.get("type");
        if (type == null || !type.isTextual()) {
            throw invalid(at + ".type: Field required");
        }
        if (type.textValue().equals("text")) {
            JsonNode text = block.get("text");
            if (text == null) {
                throw invalid(at + ".text.text: Field required");
            }
            if (!text.isTextual()) {
                throw invalid(at + ".text.text: Input should be a valid string");
            }
            if (text.textValue().isEmpty()) {
                throw invalid("messages: text content blocks must be non-empty");
            }
        }
        if (version.equals(NEW_VERSION)) {
            if (role.equals("assistant") && type.textValue().equals("document")) {
                throw invalid(at + ": document blocks are not permitted in assistant messages");
            }
            if (role.equals("user") && cites(block)) {
                throw invalid(at + ".citations: citations are not permitted in user messages");
            }
        }
    }

    private static boolean cites(JsonNode block) {
        String type = block.path("type").asText();
        if (type.equals("text")) {
            return !block.path("citations").isEmpty();
        }
        if (type.equals("search_result")) {
            for (JsonNode inner : block.path("content")) {
                if (cites(inner)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void system(JsonNode root) throws RefusedCall {
        JsonNode system = root.get("system");
        if (system == null || system.isTextual()) {
            return;
        }
        if (!system.isArray()) {
            throw invalid("system: Input should be a valid string or array");
        }
        int i = 0;
        for (JsonNode block : system) {
            if (!block.path("type").asText().equals("text")
                    || !block.path("text").isTextual()) {
                throw invalid("system." + i + ": Input should be a text block");
            }
            i++;
        }
    }

    private void thinking(JsonNode root) throws RefusedCall {
        JsonNode thinking = root.get("thinking");
        if (thinking == null) {
            return;
        }
        String model = root.path("model").asText();
        switch (thinking.path("type").asText()) {
            case "adaptive", "between_tools" -> {}
            case "disabled" -> {
                if (Models.alwaysThinks(model)) {
                    throw invalid("thinking.type: \"disabled\" is not supported by " + model);
                }
            }
            case "enabled" -> {
                if (!Models.acceptsThinkingBudget(model)) {
                    throw invalid("thinking.type: \"enabled\" is not supported by " + model + ", use \"adaptive\"");
                }
                JsonNode budget = thinking.get("budget_tokens");
                if (budget == null) {
                    throw invalid("thinking.enabled.budget_tokens: Field required");
                }
                if (budget.asInt() < 1024) {
                    throw invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
                }
                if (!counting && budget.asInt() >= root.path("max_tokens").asInt()) {
                    throw invalid("`max_tokens` must be greater than `thinking.budget_tokens`");
                }
            }
            default ->
                throw invalid("thinking.type: Input should be 'adaptive', 'enabled', 'disabled' or 'between_tools'");
        }
    }

    private static void tools(JsonNode root) throws RefusedCall {
        JsonNode tools = root.path("tools");
        if (!tools.isMissingNode() && !tools.isArray()) {
            throw invalid("tools: Input should be a valid array");
        }
        int i = 0;
        for (JsonNode tool : tools) {
            if (!tool.path("name").isTextual()) {
                throw invalid("tools." + i + ".name: Field required");
            }
            boolean custom = tool.path("type").asText("custom").equals("custom");
            if (custom && !tool.path("input_schema").isObject()) {
                throw invalid("tools." + i + ".custom.input_schema: Field required");
            }
            i++;
        }
        JsonNode choice = root.get("tool_choice");
        if (choice == null) {
            return;
        }
        String type = choice.path("type").asText();
        if (!Set.of("auto", "any", "tool", "none").contains(type)) {
            throw invalid("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'");
        }
        boolean forced = type.equals("any") || type.equals("tool");
        if (forced && tools.isEmpty()) {
            throw invalid("tool_choice: tool_choice may only be specified while providing tools");
        }
        if (forced && !Models.acceptsForcedTools(root.path("model").asText())) {
            throw invalid("tool_choice.type: \"" + type + "\" is not supported by "
                    + root.path("model").asText());
        }
        if (type.equals("tool")) {
            String name = choice.path("name").asText();
            for (JsonNode tool : tools) {
                if (tool.path("name").asText().equals(name)) {
                    return;
                }
            }
            throw invalid("tool_choice.tool.name: Tool '" + name + "' not found in provided tools");
        }
    }

    private static void stopSequences(JsonNode root) throws RefusedCall {
        JsonNode stops = root.get("stop_sequences");
        if (stops == null) {
            return;
        }
        if (!stops.isArray()) {
            throw invalid("stop_sequences: Input should be a valid array");
        }
        for (JsonNode stop : stops) {
            if (!stop.isTextual()) {
                throw invalid("stop_sequences: Input should be a valid string");
            }
            if (stop.textValue().isBlank()) {
                throw invalid("stop_sequences: each stop sequence must contain non-whitespace");
            }
        }
    }

    private void rest(JsonNode root) throws RefusedCall {
        JsonNode stream = root.get("stream");
        if (stream != null && !stream.isBoolean()) {
            throw invalid("stream: Input should be a valid boolean");
        }
        JsonNode temperature = root.get("temperature");
        if (temperature != null) {
            if (!temperature.isNumber() || temperature.doubleValue() < 0 || temperature.doubleValue() > 1) {
                throw invalid("temperature: range: 0..1");
            }
        }
        if (!Models.acceptsSampling(root.path("model").asText())) {
            for (String name : SAMPLING) {
                JsonNode value = root.get(name);
                if (value != null && !(name.equals("temperature") && value.doubleValue() == 1)) {
                    throw invalid(name + ": only the default value is supported by "
                            + root.path("model").asText());
                }
            }
        }
        oneOf(
                root.path("output_config").path("effort"),
                "output_config.effort",
                "low",
                "medium",
                "high",
                "xhigh",
                "max");
        oneOf(root.path("service_tier"), "service_tier", "auto", "standard_only");
        oneOf(root.path("speed"), "speed", "standard", "fast");
        oneOf(root.path("inference_geo"), "inference_geo", "global", "us");
    }

    private static void oneOf(JsonNode value, String at, String... allowed) throws RefusedCall {
        if (value.isMissingNode() || value.isNull()) {
            return;
        }
        for (String each : allowed) {
            if (each.equals(value.textValue())) {
                return;
            }
        }
        throw invalid(at + ": Input should be one of '" + String.join("', '", allowed) + "'");
    }

    private static JsonNode required(JsonNode root, String name) throws RefusedCall {
        JsonNode value = root.get(name);
        if (value == null) {
            throw invalid(name + ": Field required");
        }
        return value;
    }

    private static RefusedCall invalid(String message) {
        return new RefusedCall(ErrorReply.invalid(message));
    }
}
