package io.clauderoutes.component;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;

/** Send prompts to Claude through the stages of Claude Routes, put them into batches, redact texts and count tokens. */
@UriEndpoint(
        firstVersion = "0.3.0",
        scheme = "claude",
        title = "Claude",
        syntax = "claude:operation",
        producerOnly = true,
        category = {Category.AI},
        headersClass = io.clauderoutes.ClaudeHeaders.class)
public class ClaudeEndpoint extends DefaultEndpoint {

    /**
     * What the endpoint does: send the prompt and give back the reply (messages), put the prompt into a batch (batch), redact the
     * body (redact), or count the input tokens of the prompt (tokens).
     */
    @UriPath(enums = "messages,batch,redact,tokens")
    @Metadata(required = true)
    private final String operation;

    @UriParam
    private final ClaudeConfiguration configuration;

    private final ClaudeOperation does;

    ClaudeEndpoint(
            String uri, ClaudeComponent component, ClaudeOperation operation, ClaudeConfiguration configuration) {
        super(uri, component);
        this.operation = operation.word();
        this.does = operation;
        this.configuration = configuration;
    }

    public String getOperation() {
        return operation;
    }

    public ClaudeConfiguration getConfiguration() {
        return configuration;
    }

    @Override
    public Producer createProducer() {
        if (SwitchedOff.isFor(getCamelContext())) {
            return new DefaultProducer(this) {
                @Override
                public void process(Exchange exchange) {
                    throw SwitchedOff.failure();
                }
            };
        }
        return switch (does) {
            case MESSAGES ->
                new StagesProducer(this, StagesProducer.MESSAGES, "claudePromptReader", StagesProducer::reply);
            case BATCH ->
                new StagesProducer(this, "direct:claude-batch", "claudeBatchPromptReader", BatchAcceptance::accept);
            case REDACT -> new RedactProducer(this);
            case TOKENS -> new TokensProducer(this);
        };
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException(
                "from(\"claude:" + operation + "\") is not possible: claude: endpoints receive messages. Use to(...)");
    }
}
