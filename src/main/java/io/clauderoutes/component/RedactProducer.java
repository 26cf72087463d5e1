package io.clauderoutes.component;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.redact.Redactor;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultProducer;

/** Redacts the body, which is a text or something that Camel can make a text of. */
final class RedactProducer extends DefaultProducer {

    private final ClaudeEndpoint endpoint;
    private Redactor redactor;

    RedactProducer(ClaudeEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        redactor = Beans.of(endpoint, "claudeRedactor", Redactor.class);
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Message message = exchange.getMessage();
        if (message.getBody() != null) {
            message.setBody(redactor.redactText(message.getMandatoryBody(String.class), policy(exchange)));
        }
    }

    /** The header, the option, the policy of the source, in this order. */
    private String policy(Exchange exchange) {
        String named = exchange.getMessage().getHeader(ClaudeHeaders.POLICY, "", String.class);
        if (!named.isBlank()) {
            return named;
        }
        String option = endpoint.getConfiguration().getPolicy();
        return option == null ? exchange.getProperty(ClaudeHeaders.REDACT_POLICY, "", String.class) : option;
    }
}
