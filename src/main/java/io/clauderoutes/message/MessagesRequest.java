package io.clauderoutes.message;

import io.clauderoutes.Frame;
import io.clauderoutes.text.Printable;

/**
 * A request of the Messages API: its JSON, and the fields that routes decide by. All other fields travel on unread.
 *
 * @param json the body as it will be sent
 * @param model the model asked for, as log lines and meters may show it
 * @param maxTokens upper bound on output tokens
 * @param stream whether the reply is asked for as a stream of events
 */
public record MessagesRequest(Frame json, String model, long maxTokens, boolean stream) {

    public MessagesRequest {
        model = Printable.of(model);
        if (model.isBlank()) {
            throw new IllegalArgumentException("a request needs a model");
        }
        if (maxTokens < 0) {
            throw new IllegalArgumentException("max_tokens cannot be negative: " + maxTokens);
        }
    }

    /** Input tokens, guessed from the body's size at four bytes each: good enough to reserve by, corrected afterwards. */
    public long estimatedInputTokens() {
        return Math.max(1, json.length() / 4);
    }
}
