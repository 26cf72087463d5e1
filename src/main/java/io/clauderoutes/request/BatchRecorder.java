package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Prompt;
import java.util.List;
import java.util.Map;

/** The books of calls that are answered long after they were made, perhaps to another process: the items of batches. */
public interface BatchRecorder {

    /** Nothing is written down. */
    BatchRecorder NONE = new BatchRecorder() {
        @Override
        public Map<Long, ClaudeException> open(List<Item> items) {
            return Map.of();
        }

        @Override
        public long check(Prompt prompt) {
            return prompt.request().estimatedInputTokens();
        }

        @Override
        public void hold(List<Item> items) {
            // nobody keeps books
        }

        @Override
        public CallRecorder.Entry entry(Item item) {
            return CallRecorder.Entry.NONE;
        }
    };

    /**
     * One item.
     *
     * @param book a name for the numbers, unlike that of anybody else's
     * @param number within the book, of this item alone, after a restart too
     * @param begunMillis when it was put into its batch, since 1970
     * @param attempt how often its prompt was sent, this time included
     * @param estimatedInputTokens guessed from its size, to reserve by
     */
    record Item(
            String book,
            long number,
            long begunMillis,
            int attempt,
            long estimatedInputTokens,
            Flight flight,
            String endpoint) {}

    /**
     * Items are about to be sent. When this returns, that outlives the process; to tell it again changes nothing.
     *
     * @return why an item must not be sent, by its number
     * @throws ClaudeException if nothing can be written down
     */
    Map<Long, ClaudeException> open(List<Item> items);

    /**
     * A prompt is about to be kept for a batch.
     *
     * @return estimate of its input tokens, to reserve by
     * @throws ClaudeException if its tenant has a budget and the most that the prompt can cost is not known
     */
    long check(Prompt prompt);

    /** Items were sent by a process before this one, and what they can cost is not left for others. */
    void hold(List<Item> items);

    /** Where the answer to an item that was sent is told. Told twice it counts once. */
    CallRecorder.Entry entry(Item item);
}
