package io.clauderoutes.batch;

import io.clauderoutes.message.Prompt;
import java.util.Map;
import java.util.Optional;

/**
 * A prompt within the batch that it is in now.
 *
 * @param number of the item, never used again
 * @param begunMillis when it was put into the batch, since 1970
 * @param storedMillis when the prompt was kept, since 1970
 * @param tries batches that the prompt has been in, this one included
 * @param bytes that its request has
 * @param redactPolicy the name of its redaction policy, if it has one of its own
 * @param prompt the prompt; what is asked is left out, for it is needed only when it is sent
 */
record Item(
        long number,
        long batch,
        long promptId,
        long begunMillis,
        long storedMillis,
        int tries,
        long bytes,
        String source,
        Optional<String> redactPolicy,
        Map<String, Object> headers,
        Prompt prompt) {

    Item {
        headers = Map.copyOf(headers);
    }
}
