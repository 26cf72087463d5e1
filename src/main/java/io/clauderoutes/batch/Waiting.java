package io.clauderoutes.batch;

import io.clauderoutes.message.Prompt;
import java.util.Map;
import java.util.Optional;

/**
 * A prompt that is to be kept until it is answered.
 *
 * @param messageId what its source knows it by, where it has such an id
 * @param redactPolicy the name of its redaction policy, if it has one of its own
 * @param headers that travel with it to its sinks
 */
record Waiting(
        Prompt prompt,
        String source,
        Optional<String> messageId,
        Optional<String> redactPolicy,
        Map<String, Object> headers) {

    Waiting {
        headers = Map.copyOf(headers);
    }
}
