package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Prompt;
import java.util.List;
import java.util.Map;

/** Records calls whose result comes long after they were made, perhaps to another process: the items of batches. */
public interface BatchRecorder {

    /** Records nothing. */
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
            // nothing is recorded
        }

        @Override
        public CallRecorder.Entry entry(Item item) {
            return CallRecorder.Entry.NONE;
        }
    };

    /**
     * One item.
     *
     * @param book the store that numbers the item; unique among all stores
     * @param number of the item in its store; it stays the same after a restart
     * @param begunMillis when the item was put into its batch, since 1970
     * @param attempt how often its prompt was sent, this time included
     * @param estimatedInputTokens estimated from its size, for the reservation
     */
    record Item(
            String book,
            long number,
            long begunMillis,
            int attempt,
            long estimatedInputTokens,
            Request request,
            String endpoint) {}

    /**
     * Items are about to be sent. When this returns, that outlives the process; a second call changes nothing.
     *
     * @return why an item must not be sent, by its number
     * @throws ClaudeException if the items cannot be recorded
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

    /** Records the result of an item. A result that is recorded twice counts once. */
    CallRecorder.Entry entry(Item item);
}
