package io.clauderoutes.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ClaudeHeaders;
import java.util.List;
import org.apache.camel.Exchange;

/**
 * One call of a tool.
 *
 * @param id of the call, the API's
 * @param input that fits the schema of the tool; to be read only
 * @param tenant of the request
 * @param round of the request, from 1
 * @param calls names of the tools in whose calls this one is, itself last
 */
public record ToolInvocation(String id, ObjectNode input, String tenant, int round, List<String> calls) {

    public ToolInvocation {
        calls = List.copyOf(calls);
    }

    /** The names of the tools in whose calls an exchange is, outermost first. */
    static List<String> callsOf(Exchange exchange) {
        return exchange.getProperty(ClaudeHeaders.TOOL_CALLS) instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** Notes the calls on the exchange of this one. */
    void noteOn(Exchange exchange) {
        exchange.setProperty(ClaudeHeaders.TOOL_CALLS, calls);
    }
}
