package io.clauderoutes.component;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.source.PromptReader;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.StreamCache;
import org.apache.camel.support.DefaultProducer;

/** Replaces a prompt by the number of its input tokens, which is a header too. */
final class TokensProducer extends DefaultProducer {

    private final ClaudeEndpoint endpoint;
    private InputTokenCount count;
    private Map<String, Object> options = Map.of();

    TokensProducer(ClaudeEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        options = OptionHeaders.of(endpoint.getConfiguration(), endpoint.getCamelContext());
        Beans.of(endpoint, "claudePromptReader", PromptReader.class).check(options);
        count = Beans.of(endpoint, "claudeTokenCount", InputTokenCount.class);
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        try {
            long tokens = count.of(exchange, OptionHeaders.added(exchange, options));
            message.setBody(tokens);
            message.setHeader(ClaudeHeaders.INPUT_TOKENS, tokens);
        } finally {
            if (message.getBody() instanceof StreamCache read) {
                read.reset();
            }
        }
    }
}
