package io.clauderoutes.simulator;

import java.util.List;

/** A finished answer, before it is put on the wire. An empty stop sequence or refusal category stands for none. */
record FinishedReply(
        String id,
        String model,
        List<Block> blocks,
        String stopReason,
        String stopSequence,
        String refusalCategory,
        PromptCache.Input input) {

    int outputTokens() {
        return blocks.stream().mapToInt(block -> TokenCount.of(block.text())).sum();
    }

    int thinkingTokens() {
        return blocks.stream()
                .filter(block -> block.kind() == Kind.THINKING || block.kind() == Kind.HIDDEN_THINKING)
                .mapToInt(block -> TokenCount.of(block.text()))
                .sum();
    }

    /** A refusal before any output is answered with counts, but not charged. */
    boolean billed() {
        return !(stopReason.equals("refusal") && blocks.isEmpty());
    }

    public enum Kind {
        THINKING,
        HIDDEN_THINKING,
        TEXT,
        CITING_TEXT,
        TOOL_USE
    }

    /**
     * One block of content.
     *
     * @param text what is generated piece by piece: the thought, the text, or the tool's input as JSON
     * @param id of a tool use
     * @param name of the tool
     */
    record Block(Kind kind, String text, String id, String name) {

        Block(Kind kind, String text) {
            this(kind, text, "", "");
        }

        Block cutTo(int chars) {
            int end = Math.min(chars, text.length());
            if (end > 0 && end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
                end--;
            }
            return new Block(kind, text.substring(0, end), id, name);
        }
    }
}
