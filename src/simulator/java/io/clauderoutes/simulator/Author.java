package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Decides what to answer: whether to think, whether to use a tool, what to say, and where to stop. */
final class Author {

    private final int deltaChars;

    Author(int deltaChars) {
        this.deltaChars = deltaChars;
    }

    Reply reply(Ask ask, PromptCache.Input input, String id) {
        if (ask.maxTokens() == 0) {
            return new Reply("msg_" + id, ask.model(), List.of(), "max_tokens", "", "", input);
        }
        return limited(draft(ask, id), "msg_" + id, ask, input);
    }

    /** The same answer, declined after some deltas. */
    Reply refused(Ask ask, PromptCache.Input input, String id, Fault.Refusal refusal) {
        List<Reply.Block> said = new ArrayList<>();
        int left = refusal.afterDeltas() * deltaChars;
        for (Reply.Block block : reply(ask, input, id).blocks()) {
            if (left > 0 && block.kind() != Reply.Kind.TOOL_USE) {
                said.add(block.cutTo(left));
                left -= block.text().length();
            }
        }
        return new Reply("msg_" + id, ask.model(), List.copyOf(said), "refusal", "", refusal.category(), input);
    }

    private static List<Reply.Block> draft(Ask ask, String id) {
        List<Reply.Block> blocks = new ArrayList<>(3);
        if (ask.thinking() != Ask.Thinking.NONE) {
            Reply.Kind kind = ask.thinking() == Ask.Thinking.SHOWN ? Reply.Kind.THINKING : Reply.Kind.HIDDEN_THINKING;
            blocks.add(new Reply.Block(kind, Prose.thought(ask.prompt(), ask.seed())));
        }
        JsonNode tool = chosenTool(ask);
        if (!tool.isMissingNode()) {
            String name = tool.path("name").asText();
            if (ask.toolChoice().equals("auto")) {
                blocks.add(new Reply.Block(Reply.Kind.TEXT, "I will use " + name + " for that."));
            }
            String input = SchemaSample.of(tool.path("input_schema"), shortened(ask.prompt()))
                    .toString();
            blocks.add(new Reply.Block(Reply.Kind.TOOL_USE, input, "toolu_" + id, name));
            return blocks;
        }
        Reply.Kind kind = ask.cites() ? Reply.Kind.CITING_TEXT : Reply.Kind.TEXT;
        String text = ask.schema()
                .map(schema -> SchemaSample.of(schema, shortened(ask.prompt())).toString())
                .orElseGet(() -> Prose.answer(ask.prompt(), ask.seed()));
        blocks.add(new Reply.Block(kind, text));
        return blocks;
    }

    private static JsonNode chosenTool(Ask ask) {
        JsonNode none = ask.tools().path(-1);
        switch (ask.toolChoice()) {
            case "tool" -> {
                for (JsonNode tool : ask.tools()) {
                    if (tool.path("name").asText().equals(ask.toolName())) {
                        return tool;
                    }
                }
                return none;
            }
            case "any" -> {
                return ask.tools().path(0);
            }
            case "auto" -> {
                String prompt = ask.prompt().toLowerCase(Locale.ROOT);
                for (JsonNode tool : ask.afterToolResult() ? none : ask.tools()) {
                    if (prompt.contains(tool.path("name").asText().toLowerCase(Locale.ROOT))) {
                        return tool;
                    }
                }
                return !ask.afterToolResult() && prompt.contains("tool")
                        ? ask.tools().path(0)
                        : none;
            }
            default -> {
                return none;
            }
        }
    }

    private static Reply limited(List<Reply.Block> draft, String id, Ask ask, PromptCache.Input input) {
        List<Reply.Block> said = new ArrayList<>(draft.size());
        String reason = "end_turn";
        String stop = "";
        int left = ask.maxTokens();
        for (Reply.Block whole : draft) {
            Reply.Block block = whole;
            if (block.kind() == Reply.Kind.TEXT || block.kind() == Reply.Kind.CITING_TEXT) {
                int at = -1;
                for (String sequence : ask.stopSequences()) {
                    int found = block.text().indexOf(sequence);
                    if (found >= 0 && (at < 0 || found < at)) {
                        at = found;
                        stop = sequence;
                    }
                }
                if (at >= 0) {
                    block = block.cutTo(at);
                    reason = "stop_sequence";
                }
            }
            if (Tokens.of(block.text()) > left) {
                block = block.cutTo(left * Tokens.CHARS);
                reason = "max_tokens";
                stop = "";
            } else if (block.kind() == Reply.Kind.TOOL_USE) {
                reason = "tool_use";
            }
            if (!block.text().isEmpty()) {
                said.add(block);
            }
            left -= Tokens.of(block.text());
            if (!reason.equals("end_turn")) {
                break;
            }
        }
        return new Reply(id, ask.model(), List.copyOf(said), reason, stop, "", input);
    }

    private static String shortened(String prompt) {
        String line = prompt.strip();
        return line.length() <= 60
                ? line
                : new Reply.Block(Reply.Kind.TEXT, line).cutTo(60).text();
    }
}
