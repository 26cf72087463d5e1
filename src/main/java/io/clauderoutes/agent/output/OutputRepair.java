package io.clauderoutes.agent.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks once more for a reply that fits the schema: the request goes on with the reply that does not fit and what is wrong with it. */
public final class OutputRepair {

    private static final Logger LOG = LoggerFactory.getLogger(OutputRepair.class);

    private final boolean enabled;
    private final MessageJson json;
    private final ClaudeMeters meters;

    public OutputRepair(boolean enabled, MessageJson json, ClaudeMeters meters) {
        this.enabled = enabled;
        this.json = json;
        this.meters = meters;
    }

    /** Whether a reply of a request is repaired if it does not fit. */
    public boolean isMade(Exchange exchange) {
        Request request = Request.of(exchange);
        return enabled && request != null && request.prompt().options().output().isPresent();
    }

    /** Whether the failure of this exchange is a reply that can be repaired. */
    public boolean isPossible(Exchange exchange) {
        Request request = Request.of(exchange);
        return enabled
                && request != null
                && failure(exchange).isPresent()
                && !request.progress().isContentDelivered()
                && !request.isCancelled();
    }

    private static Optional<ClaudeException.InvalidOutput> failure(Exchange exchange) {
        // A condition of doCatch finds the failure on the exchange, its steps find it in the property.
        Exception failure = exchange.getException() == null
                ? exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class)
                : exchange.getException();
        return ClaudeException.causeOf(failure)
                .filter(ClaudeException.InvalidOutput.class::isInstance)
                .map(ClaudeException.InvalidOutput.class::cast);
    }

    /** Makes the request of the repair round the request of the exchange. */
    public void begin(Exchange exchange) {
        Request request = Request.of(exchange);
        ClaudeException.InvalidOutput failure = failure(exchange).orElseThrow();
        ArrayNode messages = json.messages(request.prompt().request());
        if (!failure.partialText().isBlank()) {
            messages.add(json.textMessage("assistant", failure.partialText().strip()));
        }
        messages.add(json.textMessage(
                "user",
                "Your reply does not fit the JSON schema of the output:\n- " + String.join("\n- ", failure.violations())
                        + "\nReply with JSON that fits the schema, and with nothing else."));
        Prompt repair =
                request.prompt().withRequest(json.withMessages(request.prompt().request(), messages));
        request.withPrompt(repair).putOn(exchange);
        exchange.getMessage().setBody(repair);
        meters.output("repair");
        LOG.info(
                "prompt {}: the reply does not fit the output schema ({} violations), one repair round follows",
                request.prompt().id(),
                failure.violations().size());
    }
}
