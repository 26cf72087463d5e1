package io.clauderoutes.source;

import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.message.RequestDefaults;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Makes a Messages request of the body of a message and of what is attached to it. */
final class PromptBody {

    private final MessageJson json;
    private final BodyReader bodies;
    private final PromptParts parts;
    private final TemplateValues values;

    /** @param maxBytes how long a prompt may be */
    PromptBody(MessageJson json, int maxBytes) {
        this.json = json;
        this.bodies = new BodyReader(json, maxBytes);
        this.parts = new PromptParts(bodies);
        this.values = new TemplateValues(json, bodies);
    }

    /**
     * The request that a message is or asks for.
     *
     * @param defaults the fields that are filled in
     * @param stream how the reply is wanted; empty leaves it to the request
     */
    MessagesRequest request(Message message, PromptFormat format, RequestDefaults defaults, Optional<Boolean> stream) {
        Exchange exchange = message.getExchange();
        Object body = message.getBody();
        List<ContentPart> content = new ArrayList<>(1);
        if (PromptParts.isList(body)) {
            content.addAll(parts.ofAttachments(exchange, message));
            content.addAll(parts.ofList(exchange, (Collection<?>) body));
        } else if (body == null) {
            content.addAll(parts.ofAttachments(exchange, message));
            if (content.isEmpty()) {
                throw BodyReader.rejected("the message has no body that can be read as a prompt");
            }
        } else {
            byte[] bytes = bodies.bytes(exchange, body);
            Optional<ContentPart> binary = format.isAlwaysRequest() || !PromptParts.holdsBytes(body)
                    ? Optional.empty()
                    : PromptParts.binary(bytes, body);
            if (binary.isEmpty() && format.isRequest(bytes, json)) {
                return json.request(bytes, defaults, stream);
            }
            content.addAll(parts.ofAttachments(exchange, message));
            content.addAll(binary.map(List::of).orElseGet(() -> PromptText.parts(bytes)));
        }
        return request(content, defaults.withStream(stream.orElse(defaults.stream())));
    }

    /** The values of a message for a template. */
    Map<String, Object> values(Message message) {
        return values.of(message);
    }

    /**
     * The request of a text that was made of a message, whose attachments stay.
     *
     * @param defaults the fields that are filled in
     */
    MessagesRequest request(Message message, String text, RequestDefaults defaults) {
        List<ContentPart> content = new ArrayList<>(parts.ofAttachments(message.getExchange(), message));
        String checked = PromptText.checked(text);
        if (!checked.isBlank()) {
            content.add(new ContentPart.Text(checked));
        }
        return request(content, defaults);
    }

    /** The schema that the reply is checked by: that of the request itself counts before the one that was filled in. */
    OutputSchema output(MessagesRequest request, OutputSchema filledIn) {
        return json.outputSchema(request, filledIn);
    }

    private MessagesRequest request(List<ContentPart> content, RequestDefaults fields) {
        if (content.isEmpty()) {
            throw BodyReader.rejected("the message is empty: expected a prompt");
        }
        MessagesRequest request = json.request(content, fields);
        boolean isText = content.size() == 1 && content.get(0) instanceof ContentPart.Text;
        if (!isText) {
            bodies.checkEncoded(request.json().length());
        }
        return request;
    }
}
