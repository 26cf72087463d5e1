package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.RequestOutcomes;
import java.util.HashMap;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;

/** Where the batches meet the routes: answers go on to the stages after the call, dead letters to their source's place for them. */
public final class BatchDelivery {

    private static final String AFTER_THE_CALL = "direct:claude-split";
    private static final String DEAD_LETTERS = "claude-dead-letters";

    private final ProducerTemplate template;
    private final MessageJson json;
    private final RequestOutcomes outcomes;

    public BatchDelivery(ProducerTemplate template, MessageJson json, RequestOutcomes outcomes) {
        this.template = template;
        this.json = json;
        this.outcomes = outcomes;
    }

    /** Why an answer could not be handed on; empty once every sink has it. */
    Optional<Exception> answer(Attempt attempt, Answer answer, Item item) {
        Exchange sent = template.send(AFTER_THE_CALL, exchange -> {
            attempt.request().putOn(exchange);
            attempt.putOn(exchange);
            item.redactPolicy().ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
            exchange.getMessage().setHeaders(new HashMap<>(item.headers()));
            exchange.getMessage().setBody(answer);
        });
        return Optional.ofNullable(sent.getException());
    }

    /**
     * Writes the dead letter of a prompt; false if there is no place for it.
     *
     * @throws Exception if the place does not take it
     */
    boolean letter(BatchStore.Letter letter) throws Exception {
        String own = DEAD_LETTERS + "-" + letter.source();
        Route route = template.getCamelContext().getRoute(own);
        if (route == null) {
            route = template.getCamelContext().getRoute(DEAD_LETTERS);
        }
        if (route == null) {
            return false;
        }
        Exchange sent = template.send(route.getEndpoint(), exchange -> {
            exchange.getMessage().setBody(letter.request().bytes());
            exchange.getMessage().setHeader(ClaudeHeaders.NAME, letter.name());
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, failure(letter.error()));
            exchange.setProperty(ClaudeHeaders.FAILURE_LOGGED, true);
        });
        if (sent.getException() != null) {
            throw sent.getException();
        }
        return true;
    }

    /** A prompt failed for good, and its dead letter is settled. */
    void failed(BatchStore.Letter letter) {
        String model = json.requestAsItIs(letter.request().bytes()).model();
        outcomes.batchItemFailed(
                new RequestOutcomes.BatchItem(
                        letter.source(), letter.name(), letter.tenant(), model, letter.endpoint()),
                letter.error());
    }

    private static ClaudeException failure(ApiError error) {
        return ClaudeException.of(error);
    }

    /** Whether the routes are about to stop, so that what fails now says nothing. */
    boolean isStopping() {
        return template.getCamelContext().isStopping()
                || template.getCamelContext().isStopped();
    }
}
