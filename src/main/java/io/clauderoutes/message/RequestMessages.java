package io.clauderoutes.message;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;

/** The messages of a request: read, and exchanged for others. */
final class RequestMessages {

    private static final String MESSAGES = "messages";

    private final JsonValues values;

    RequestMessages(JsonValues values) {
        this.values = values;
    }

    ArrayNode of(MessagesRequest request) {
        return values.object(request.json().bytes(), "the request").get(MESSAGES) instanceof ArrayNode messages
                ? messages
                : values.newArray();
    }

    MessagesRequest with(MessagesRequest request, ArrayNode messages) {
        ObjectNode changed = values.object(request.json().bytes(), "the request");
        changed.set(MESSAGES, messages);
        return new MessagesRequest(
                new Frame(values.bytes(changed)), request.model(), request.maxTokens(), request.stream());
    }

    /** A message that is a text. */
    ObjectNode text(String role, String text) {
        return values.newObject().put("role", role).put("content", text);
    }
}
