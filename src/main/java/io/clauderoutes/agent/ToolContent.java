package io.clauderoutes.agent;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.source.BodyParts;
import java.util.List;
import org.apache.camel.Exchange;

/** The content of a tool's result, whatever body its route has left: text, JSON, images and PDFs. */
final class ToolContent {

    private static final int TOO_LARGE = 413;

    private final BodyParts parts;
    private final int maxBytes;

    /** @param maxBytes how long a result may be */
    ToolContent(MessageJson json, int maxBytes) {
        this.parts = new BodyParts(json, maxBytes);
        this.maxBytes = maxBytes;
    }

    /**
     * The content of the body of an exchange.
     *
     * @throws ToolFailed if the body is too long, or of a type that the model cannot read
     */
    List<ContentPart> of(Exchange exchange) {
        try {
            return parts.of(exchange.getMessage());
        } catch (ClaudeException.Rejected refused) {
            throw new ToolFailed(
                    refused.status() == TOO_LARGE
                            ? "The result of the tool is longer than " + maxBytes + " bytes, which is too long"
                                    + " (claude.agent.max-result-bytes). Ask for less."
                            : "The result of the tool is neither text, JSON, an image nor a PDF.",
                    refused);
        }
    }
}
