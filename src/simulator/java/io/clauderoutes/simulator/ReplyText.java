package io.clauderoutes.simulator;

import java.util.SplittableRandom;

/** The text of a reply: as long as its prompt says, or as long as the simulator's capacity says. */
final class ReplyText {

    private static final long LENGTHS = 0x6c65_6e67_7468L;

    private final Capacity capacity;
    private final long seed;

    ReplyText(SimulatorSettings settings) {
        this.capacity = settings.rules().capacity();
        this.seed = settings.chance().seed() + LENGTHS;
    }

    /** The same conversation gets the same text. */
    String of(String prompt, long conversation) {
        return capacity.replyTokens() == 0
                ? Prose.answer(prompt, conversation)
                : Prose.answer(
                        prompt,
                        conversation,
                        capacity.length(new SplittableRandom(seed ^ conversation)) * TokenCount.CHARS);
    }
}
