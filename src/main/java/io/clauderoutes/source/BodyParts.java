package io.clauderoutes.source;

import io.clauderoutes.ClaudeException.Rejected;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.MessageJson;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Message;

/** The body of any message as content of the API: the same types as for prompts. */
public final class BodyParts {

    private final BodyReader bodies;
    private final PromptParts parts;

    /** @param maxBytes how long a body may be */
    public BodyParts(MessageJson json, int maxBytes) {
        this.bodies = new BodyReader(json, maxBytes);
        this.parts = new PromptParts(bodies);
    }

    /**
     * The parts of the body of a message; none for an empty body.
     *
     * @throws Rejected if the body is too long (status 413) or is of a type that cannot be read
     */
    public List<ContentPart> of(Message message) {
        Object body = message.getBody();
        if (body == null) {
            return List.of();
        }
        if (PromptParts.isList(body)) {
            return parts.ofList(message.getExchange(), (Collection<?>) body);
        }
        byte[] bytes = bodies.bytes(message.getExchange(), body);
        Optional<ContentPart> binary =
                PromptParts.holdsBytes(body) ? PromptParts.binary(bytes, body) : Optional.empty();
        return binary.map(List::of).orElseGet(() -> PromptText.parts(bytes));
    }
}
