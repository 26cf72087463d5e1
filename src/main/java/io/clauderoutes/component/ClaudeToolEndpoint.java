package io.clauderoutes.component;

import io.clauderoutes.agent.ToolOptions;
import java.util.regex.Pattern;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/** Offer a route to Claude as a tool: the input that the model writes is the message, and the message at the end is the result. */
@UriEndpoint(
        firstVersion = "0.4.0",
        scheme = "claude-tool",
        title = "Claude Tool",
        syntax = "claude-tool:name",
        consumerOnly = true,
        category = {Category.AI},
        headersClass = io.clauderoutes.ClaudeHeaders.class)
public class ClaudeToolEndpoint extends DefaultEndpoint {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,128}");

    /** Name of the tool: letters, digits, - and _, with 128 characters at most. */
    @UriPath
    @Metadata(required = true)
    private final String name;

    @UriParam
    private final ClaudeToolConfiguration configuration;

    ClaudeToolEndpoint(String uri, ClaudeToolComponent component, String name, ClaudeToolConfiguration configuration) {
        super(uri, component);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("claude-tool:" + name
                    + ": a name of a tool is made of letters, digits, - and _, with 128 characters at most");
        }
        this.name = name;
        this.configuration = configuration;
    }

    public String getName() {
        return name;
    }

    public ClaudeToolConfiguration getConfiguration() {
        return configuration;
    }

    /** The options as they are checked. */
    ToolOptions options() {
        return ToolSettings.of(name, configuration, getCamelContext());
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException("to(\"claude-tool:" + name
                + "\") is not possible: the model calls tools. Use from(...), and name the tool in the option tools of"
                + " claude:messages");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        ClaudeToolConsumer consumer = new ClaudeToolConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }
}
