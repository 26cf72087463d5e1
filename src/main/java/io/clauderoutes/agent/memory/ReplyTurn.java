package io.clauderoutes.agent.memory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import java.util.Optional;
import java.util.Set;

/**
 * What of a reply is stored, so that each later request with it is valid: the text. A reply that ends with calls of the requester's tools
 * is stored with them, and with its thinking, which the API wants back. A refusal and a reply without text are not stored.
 */
final class ReplyTurn {

    private static final String CALLS_TOOLS = "tool_use";
    private static final Set<String> ENDED =
            Set.of("end_turn", "stop_sequence", "max_tokens", "model_context_window_exceeded", CALLS_TOOLS);
    private static final Set<String> WITH_CALLS = Set.of("text", CALLS_TOOLS, "thinking", "redacted_thinking");

    private ReplyTurn() {}

    /**
     * The turn that a prompt and its reply are; empty if it is not stored.
     *
     * @param ownTools whether all tools are the requester's: the reply then has every call that needs a result
     */
    static Optional<ArrayNode> of(ArrayNode asked, Reply reply, boolean ownTools, MessageJson json) {
        if (asked.isEmpty()
                || !ENDED.contains(reply.stopReason())
                || reply.unfolded().isPresent()) {
            return Optional.empty();
        }
        ArrayNode content = json.newArray();
        boolean calls = reply.stopReason().equals(CALLS_TOOLS);
        if (calls && !ownTools) {
            return Optional.empty();
        }
        boolean told = false;
        for (JsonNode block : reply.message().path("content")) {
            String type = block.path("type").asText();
            if (type.equals("text")) {
                String text = block.path("text").asText();
                if (!text.isBlank()) {
                    content.addObject().put("type", "text").put("text", text);
                    told = true;
                }
            } else if (calls && WITH_CALLS.contains(type)) {
                content.add(block);
                told |= type.equals(CALLS_TOOLS);
            }
        }
        if (!told) {
            return Optional.empty();
        }
        ObjectNode message = json.newObject().put("role", "assistant");
        message.set("content", content);
        return Optional.of(json.newArray().addAll(asked).add(message));
    }
}
