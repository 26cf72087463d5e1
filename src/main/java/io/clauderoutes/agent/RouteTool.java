package io.clauderoutes.agent;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.ToolSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** A route as a tool: the input is the message, and the message at the end of the route is the result. */
public final class RouteTool implements AgentTool {

    private static final TypeReference<Map<String, Object>> VALUES = new TypeReference<>() {};

    private final ToolOptions options;
    private final Calls calls;
    private final ToolContent content;
    private final ObjectMapper values = JsonMapper.builder().build();

    /** Takes an exchange through the route. */
    @FunctionalInterface
    public interface Calls {
        /**
         * Makes an exchange, lets it be filled, takes it through the route, and lets the result be read while the exchange is open.
         *
         * @throws Exception if the route failed
         */
        ToolResult call(Filling filling, Reading reading) throws Exception;
    }

    /** Fills the exchange of a call. */
    @FunctionalInterface
    public interface Filling {
        /** Sets body, headers and properties. */
        void fill(Exchange exchange) throws Exception;
    }

    /** Reads the result of a call. */
    @FunctionalInterface
    public interface Reading {
        /** The result that the route has left. */
        ToolResult read(Exchange exchange);
    }

    RouteTool(ToolOptions options, Calls calls, ToolContent content) {
        this.options = options;
        this.calls = calls;
        this.content = content;
    }

    @Override
    public ToolSpec spec() {
        return options.spec();
    }

    @Override
    public Set<String> tags() {
        return options.tags();
    }

    @Override
    public Optional<Duration> timeout() {
        return options.timeout();
    }

    @Override
    public ToolResult call(ToolInvocation invocation) throws Exception {
        ObjectNode input = invocation.input();
        List<String> violations = options.schema().violations(input);
        if (!violations.isEmpty()) {
            throw new InvalidInput(spec().name(), violations);
        }
        Map<String, Object> fields = values.convertValue(input, VALUES);
        Object body = options.schema().instance(input).orElse(fields);
        return calls.call(
                exchange -> {
                    Message message = exchange.getMessage();
                    message.setBody(body);
                    message.getHeaders().putAll(ToolHeaders.of(spec().schema(), fields));
                    message.setHeader(ClaudeHeaders.TOOL, spec().name());
                    message.setHeader(ClaudeHeaders.TOOL_CALL_ID, invocation.id());
                    message.setHeader(ClaudeHeaders.ROUND, invocation.round());
                    message.setHeader(ClaudeHeaders.TENANT, invocation.tenant());
                    invocation.noteOn(exchange);
                },
                exchange -> new ToolResult(content.of(exchange), false));
    }
}
