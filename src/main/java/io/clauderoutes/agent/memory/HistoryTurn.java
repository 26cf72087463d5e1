package io.clauderoutes.agent.memory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

/**
 * A turn of a conversation: what the requester said and the reply, or the summary of all turns before.
 *
 * @param number within the conversation
 * @param messages as the API takes them; a summary is one message with the role summary
 * @param bytes of its JSON
 */
record HistoryTurn(long number, ArrayNode messages, long bytes) {

    static final String SUMMARY = "summary";

    boolean isSummary() {
        return role(messages.path(0)).equals(SUMMARY);
    }

    /** The text of a summary. */
    String summary() {
        return messages.path(0).path("content").asText();
    }

    /** Whether a conversation can begin with it. */
    boolean opens() {
        return role(messages.path(0)).equals("user") && !answersTools();
    }

    /** Whether it begins with results of tools, which the turn before has called. */
    boolean answersTools() {
        return answersTools(messages);
    }

    static boolean answersTools(ArrayNode messages) {
        return has(messages.path(0), "tool_result");
    }

    /** Whether it ends with calls of tools, whose results the next turn has to bring. */
    boolean callsTools() {
        return has(messages.path(messages.size() - 1), "tool_use");
    }

    private static String role(JsonNode message) {
        return message.path("role").asText();
    }

    private static boolean has(JsonNode message, String type) {
        for (JsonNode block : message.path("content")) {
            if (block.path("type").asText().equals(type)) {
                return true;
            }
        }
        return false;
    }
}
