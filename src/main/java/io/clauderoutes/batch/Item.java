package io.clauderoutes.batch;

import io.clauderoutes.message.Prompt;
import java.util.Map;
import java.util.Optional;

/**
 * A prompt within the batch that it is in now.
 *
 * @param number of the item, never used again
 * @param begunMillis when it was put into the batch, since 1970
 * @param prompt the prompt; what is asked is left out, because it is needed only when it is sent
 */
record Item(long number, long batch, long begunMillis, StoredPrompt stored, Origin origin, Prompt prompt) {

    /**
     * A prompt in the file.
     *
     * @param storedMillis when the prompt was kept, since 1970
     * @param tries batches that the prompt has been in, this one included
     * @param bytes that its request has
     */
    record StoredPrompt(long id, long storedMillis, int tries, long bytes) {}

    /**
     * Where a prompt comes from.
     *
     * @param redactPolicy the name of its redaction policy, if it has one of its own
     */
    record Origin(String source, Optional<String> redactPolicy, Map<String, Object> headers) {
        Origin {
            headers = Map.copyOf(headers);
        }
    }

    long promptId() {
        return stored.id();
    }

    long storedMillis() {
        return stored.storedMillis();
    }

    int tries() {
        return stored.tries();
    }

    long bytes() {
        return stored.bytes();
    }

    String source() {
        return origin.source();
    }

    Optional<String> redactPolicy() {
        return origin.redactPolicy();
    }

    Map<String, Object> headers() {
        return origin.headers();
    }
}
