package io.clauderoutes.component;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.request.Request;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** A prompt that waits for a batch: the message of the route stays as it was and gets the prompt's id. */
final class BatchAcceptance {

    private BatchAcceptance() {}

    static void accept(Exchange exchange, Message route, Message stages) {
        Request request = Request.of(exchange);
        if (request != null) {
            route.setHeader(ClaudeHeaders.PROMPT_ID, request.prompt().id());
        }
    }
}
