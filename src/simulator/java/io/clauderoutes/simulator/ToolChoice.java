package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Which tools a reply calls: those that the question names, all at once, or one in each round if the question says "one after the other".
 * A question with the word "tool" and no name calls the first one, and one with "tools again and again" never stops.
 */
final class ToolChoice {

    private static final String IN_TURN = "one after the other";
    private static final String ENDLESSLY = "again and again";

    private ToolChoice() {}

    static List<JsonNode> of(Ask ask) {
        return switch (ask.tools().choice()) {
            case "tool" -> named(ask, List.of(ask.tools().name().toLowerCase(Locale.ROOT)));
            case "any" -> first(ask);
            case "auto" -> auto(ask);
            default -> List.of();
        };
    }

    private static List<JsonNode> auto(Ask ask) {
        String question = ask.tools().history().question().toLowerCase(Locale.ROOT);
        int rounds = ask.tools().history().rounds();
        List<JsonNode> asked = inQuestion(ask, question);
        if (asked.isEmpty() && question.contains("tool")) {
            asked = first(ask);
        }
        if (question.contains(ENDLESSLY)) {
            return asked;
        }
        if (question.contains(IN_TURN)) {
            return rounds < asked.size() ? List.of(asked.get(rounds)) : List.of();
        }
        return rounds == 0 ? asked : List.of();
    }

    /** The tools whose names a question has, in its order. */
    private static List<JsonNode> inQuestion(Ask ask, String question) {
        List<JsonNode> tools = new ArrayList<>();
        for (JsonNode tool : ask.tools().definitions()) {
            if (question.contains(name(tool))) {
                tools.add(tool);
            }
        }
        tools.sort(Comparator.comparingInt(tool -> question.indexOf(name(tool))));
        return tools;
    }

    private static List<JsonNode> named(Ask ask, List<String> names) {
        List<JsonNode> tools = new ArrayList<>();
        for (JsonNode tool : ask.tools().definitions()) {
            if (names.contains(name(tool))) {
                tools.add(tool);
            }
        }
        return tools;
    }

    private static String name(JsonNode tool) {
        return tool.path("name").asText().toLowerCase(Locale.ROOT);
    }

    private static List<JsonNode> first(Ask ask) {
        return ask.tools().definitions().isEmpty()
                ? List.of()
                : List.of(ask.tools().definitions().path(0));
    }
}
