package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A request's input piece by piece, in the order in which it is cached: tools, system, messages. */
record PromptSize(List<Piece> pieces, int tokens) {

    private static final int IMAGE_TOKENS = 1_600;

    static PromptSize of(JsonNode root) {
        List<Piece> pieces = new ArrayList<>();
        root.path("tools").forEach(tool -> pieces.add(piece("tool", tool)));
        content("system", root.path("system"), pieces);
        for (JsonNode message : root.path("messages")) {
            content(message.path("role").asText(), message.path("content"), pieces);
        }
        JsonNode automatic = root.path("cache_control");
        if (automatic.isObject() && !pieces.isEmpty()) {
            int last = pieces.size() - 1;
            pieces.set(last, pieces.get(last).keptFor(lifetime(automatic)));
        }
        return new PromptSize(
                List.copyOf(pieces), pieces.stream().mapToInt(Piece::tokens).sum());
    }

    boolean asksForCache() {
        return pieces.stream().anyMatch(Piece::endsPrefix);
    }

    private static void content(String role, JsonNode content, List<Piece> pieces) {
        if (content.isTextual()) {
            pieces.add(new Piece(role, content, TokenCount.of(content.textValue()), Duration.ZERO));
            return;
        }
        content.forEach(block -> pieces.add(piece(role, block)));
    }

    private static Piece piece(String role, JsonNode block) {
        int tokens =
                switch (block.path("type").asText()) {
                    case "text" -> TokenCount.of(block.path("text").asText());
                    case "image" -> IMAGE_TOKENS;
                    default -> TokenCount.of(withoutCacheControl(block).toString());
                };
        return new Piece(role, block, tokens, lifetime(block.path("cache_control")));
    }

    private static Duration lifetime(JsonNode cacheControl) {
        if (!cacheControl.isObject()) {
            return Duration.ZERO;
        }
        return cacheControl.path("ttl").asText().equals("1h") ? Duration.ofHours(1) : Duration.ofMinutes(5);
    }

    private static JsonNode withoutCacheControl(JsonNode block) {
        if (!block.has("cache_control")) {
            return block;
        }
        ObjectNode copy = ((ObjectNode) block).objectNode();
        block.properties().forEach(field -> {
            if (!field.getKey().equals("cache_control")) {
                copy.set(field.getKey(), field.getValue());
            }
        });
        return copy;
    }

    /** One piece; with a lifetime above zero, all up to here is to be cached for so long. */
    record Piece(String role, JsonNode node, int tokens, Duration lifetime) {

        boolean endsPrefix() {
            return !lifetime.isZero();
        }

        Piece keptFor(Duration other) {
            return new Piece(role, node, tokens, other);
        }

        /** What makes two pieces the same; where the prefix ends does not. */
        String identity() {
            if (node.isTextual()) {
                return role + "\ntext\n" + node.textValue();
            }
            if (node.path("type").asText().equals("text")) {
                return role + "\ntext\n" + node.path("text").asText();
            }
            return role + "\n" + withoutCacheControl(node);
        }
    }
}
