package io.clauderoutes.agent.memory;

import io.clauderoutes.message.Prompt;
import org.apache.camel.Exchange;

/** Asks a model through the stages for a summary of a conversation. */
@FunctionalInterface
public interface Summarizer {

    /**
     * The summary.
     *
     * @param request of the conversation
     * @param exchange of the conversation, whose redaction policy applies
     * @throws io.clauderoutes.ClaudeException if there is none
     */
    String summary(Prompt request, Exchange exchange);
}
