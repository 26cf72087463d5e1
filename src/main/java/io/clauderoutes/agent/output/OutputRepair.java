package io.clauderoutes.agent.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks once more for a reply that fits its schema or passes its checks: the request goes on with the reply that failed and what is wrong
 * with it.
 */
public final class OutputRepair {

    private static final Logger LOG = LoggerFactory.getLogger(OutputRepair.class);

    private final Predicate<Request> enabled;
    private final Predicate<ClaudeException> repairs;
    private final MessageJson json;
    private final ClaudeMeters meters;

    /**
     * Repairs replies.
     *
     * @param enabled whether replies of a request are repaired
     * @param repairs whether a reply is repaired that failed in this way
     */
    public OutputRepair(
            Predicate<Request> enabled, Predicate<ClaudeException> repairs, MessageJson json, ClaudeMeters meters) {
        this.enabled = enabled;
        this.repairs = repairs;
        this.json = json;
        this.meters = meters;
    }

    /** Whether a reply of a request is repaired if it fails. */
    public boolean isMade(Exchange exchange) {
        Request request = Request.of(exchange);
        return request != null && enabled.test(request);
    }

    /** Whether the failure of this exchange is a reply that can be repaired. */
    public boolean isPossible(Exchange exchange) {
        Request request = Request.of(exchange);
        return request != null
                && failure(exchange).filter(repairs).isPresent()
                && !request.progress().isContentDelivered()
                && !request.isCancelled();
    }

    private static Optional<ClaudeException> failure(Exchange exchange) {
        // A condition of doCatch finds the failure on the exchange, its steps find it in the property.
        Exception failure = exchange.getException() == null
                ? exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class)
                : exchange.getException();
        return ClaudeException.causeOf(failure)
                .filter(cause ->
                        cause instanceof ClaudeException.InvalidOutput || cause instanceof ClaudeException.CheckFailed);
    }

    /** Makes the request of the repair round the request of the exchange. */
    public void begin(Exchange exchange) {
        Request request = Request.of(exchange);
        ClaudeException failure = failure(exchange).orElseThrow();
        ArrayNode messages = json.messages(request.prompt().request());
        String reply = reply(failure);
        if (!reply.isBlank()) {
            messages.add(json.textMessage("assistant", reply.strip()));
        }
        messages.add(json.textMessage("user", order(failure)));
        Prompt repair =
                request.prompt().withRequest(json.withMessages(request.prompt().request(), messages));
        request.withPrompt(repair).putOn(exchange);
        exchange.getMessage().setBody(repair);
        meters.checks().output("repair");
        LOG.info(
                "prompt {}: one repair round follows: {}",
                request.prompt().id(),
                failure.error().message());
    }

    private static String reply(ClaudeException failure) {
        if (failure instanceof ClaudeException.InvalidOutput invalid) {
            return invalid.partialText();
        }
        return failure instanceof ClaudeException.CheckFailed failed ? failed.refusedText() : "";
    }

    private static String order(ClaudeException failure) {
        if (failure instanceof ClaudeException.InvalidOutput invalid) {
            return "Your reply does not fit the JSON schema of the output:\n- "
                    + String.join("\n- ", invalid.violations())
                    + "\nReply with JSON that fits the schema, and with nothing else.";
        }
        String reason = failure instanceof ClaudeException.CheckFailed failed ? failed.reason() : "";
        return "Your reply does not pass a check: " + reason + "\nReply again so that it passes, and say nothing else.";
    }
}
