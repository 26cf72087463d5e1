package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Decides what to answer: whether to think, whether to use a tool, what to say, and where to stop. */
final class Author {

    private final int deltaChars;
    private final ReplyText texts;

    Author(SimulatorSettings settings) {
        this.deltaChars = settings.speed().deltaChars();
        this.texts = new ReplyText(settings);
    }

    FinishedReply reply(Ask ask, PromptCache.Input input, String id) {
        if (ask.form().maxTokens() == 0) {
            return new FinishedReply("msg_" + id, ask.model(), List.of(), "max_tokens", "", "", input);
        }
        return limited(draft(ask, id), "msg_" + id, ask, input);
    }

    /** The same answer, declined after some deltas. */
    FinishedReply refused(Ask ask, PromptCache.Input input, String id, Fault.Refusal refusal) {
        List<FinishedReply.Block> said = new ArrayList<>();
        int left = refusal.afterDeltas() * deltaChars;
        for (FinishedReply.Block block : reply(ask, input, id).blocks()) {
            if (left > 0 && block.kind() != FinishedReply.Kind.TOOL_USE) {
                said.add(block.cutTo(left));
                left -= block.text().length();
            }
        }
        return new FinishedReply("msg_" + id, ask.model(), List.copyOf(said), "refusal", "", refusal.category(), input);
    }

    private List<FinishedReply.Block> draft(Ask ask, String id) {
        List<FinishedReply.Block> blocks = new ArrayList<>(3);
        if (ask.thinking() != Ask.Thinking.NONE) {
            FinishedReply.Kind kind = ask.thinking() == Ask.Thinking.SHOWN
                    ? FinishedReply.Kind.THINKING
                    : FinishedReply.Kind.HIDDEN_THINKING;
            blocks.add(new FinishedReply.Block(kind, Prose.thought(ask.prompt(), ask.seed())));
        }
        List<JsonNode> tools = ToolChoice.of(ask);
        if (!tools.isEmpty()) {
            String names =
                    tools.stream().map(tool -> tool.path("name").asText()).collect(Collectors.joining(" and "));
            if (ask.tools().choice().equals("auto")) {
                blocks.add(new FinishedReply.Block(FinishedReply.Kind.TEXT, "I will use " + names + " for that."));
            }
            for (int i = 0; i < tools.size(); i++) {
                String input = SchemaSample.of(
                                tools.get(i).path("input_schema"),
                                shortened(ask.tools().history().question()))
                        .toString();
                blocks.add(new FinishedReply.Block(
                        FinishedReply.Kind.TOOL_USE,
                        input,
                        "toolu_" + id + (i == 0 ? "" : "_" + i),
                        tools.get(i).path("name").asText()));
            }
            return blocks;
        }
        List<String> results = ask.tools().history().results();
        if (!results.isEmpty() && ask.form().schema().isEmpty()) {
            blocks.add(
                    new FinishedReply.Block(FinishedReply.Kind.TEXT, "The tools say: " + String.join("; ", results)));
            return blocks;
        }
        FinishedReply.Kind kind = ask.form().cites() ? FinishedReply.Kind.CITING_TEXT : FinishedReply.Kind.TEXT;
        String text = ask.form()
                .schema()
                .filter(schema -> !Prose.isGiven(ask.prompt()))
                .map(schema -> SchemaSample.of(schema, shortened(ask.prompt())).toString())
                .orElseGet(() -> texts.of(ask.prompt(), ask.seed()));
        blocks.add(new FinishedReply.Block(kind, text));
        return blocks;
    }

    private static FinishedReply limited(List<FinishedReply.Block> draft, String id, Ask ask, PromptCache.Input input) {
        List<FinishedReply.Block> said = new ArrayList<>(draft.size());
        String reason = "end_turn";
        String stop = "";
        int left = ask.form().maxTokens();
        for (FinishedReply.Block whole : draft) {
            FinishedReply.Block block = whole;
            if (block.kind() == FinishedReply.Kind.TEXT || block.kind() == FinishedReply.Kind.CITING_TEXT) {
                int at = -1;
                for (String sequence : ask.form().stopSequences()) {
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
            if (TokenCount.of(block.text()) > left) {
                block = block.cutTo(left * TokenCount.CHARS);
                reason = "max_tokens";
                stop = "";
            } else if (block.kind() == FinishedReply.Kind.TOOL_USE) {
                reason = "tool_use";
            }
            if (!block.text().isEmpty()) {
                said.add(block);
            }
            left -= TokenCount.of(block.text());
            if (!reason.equals("end_turn") && !reason.equals("tool_use")) {
                break;
            }
        }
        return new FinishedReply(id, ask.model(), List.copyOf(said), reason, stop, "", input);
    }

    private static String shortened(String prompt) {
        String line = prompt.strip();
        return line.length() <= 60
                ? line
                : new FinishedReply.Block(FinishedReply.Kind.TEXT, line)
                        .cutTo(60)
                        .text();
    }
}
