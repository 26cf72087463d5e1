package io.clauderoutes.component;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.source.ResourceText;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultMessage;

/** The options of an endpoint as the headers that mean the same. */
final class OptionHeaders {

    private static final int UNPROCESSABLE = 422;

    private OptionHeaders() {}

    /**
     * The options that are set, by the names of their headers.
     *
     * @throws IOException if the resource of an option cannot be read
     */
    static Map<String, Object> of(ClaudeConfiguration options, CamelContext context) throws IOException {
        Map<String, Object> headers = new HashMap<>();
        headers.put(ClaudeHeaders.MODEL, options.getModel());
        headers.put(ClaudeHeaders.SYSTEM, text(options.getSystem(), context));
        headers.put(ClaudeHeaders.MAX_TOKENS, options.getMaxTokens());
        headers.put(ClaudeHeaders.TEMPERATURE, options.getTemperature());
        headers.put(ClaudeHeaders.TOP_P, options.getTopP());
        headers.put(ClaudeHeaders.STOP_SEQUENCES, options.getStopSequences());
        headers.put(ClaudeHeaders.THINKING_BUDGET, options.getThinkingBudget());
        headers.put(ClaudeHeaders.EFFORT, options.getEffort());
        headers.put(ClaudeHeaders.BETAS, options.getBetas());
        headers.put(ClaudeHeaders.TOOL_CHOICE, options.getToolChoice());
        headers.put(ClaudeHeaders.STRATEGY, options.getStrategy());
        headers.put(ClaudeHeaders.CACHE, options.getCache());
        headers.put(ClaudeHeaders.TENANT, options.getTenant());
        headers.put(ClaudeHeaders.SESSION, options.getSession());
        headers.put(ClaudeHeaders.SINKS, options.getSinks());
        headers.put(ClaudeHeaders.FORMAT, options.getFormat());
        headers.put(ClaudeHeaders.STREAM, options.getStream());
        headers.put(ClaudeHeaders.STREAMING, options.getStreaming());
        headers.put(ClaudeHeaders.TOOLS, options.getTools());
        headers.put(ClaudeHeaders.MAX_ROUNDS, options.getMaxRounds());
        headers.put(ClaudeHeaders.TOOL_EVENTS, options.getToolEvents());
        headers.put(ClaudeHeaders.FAIL_ON, options.getFailOn());
        headers.put(ClaudeHeaders.MEMORY, options.getMemory());
        headers.put(ClaudeHeaders.CHECKS, options.getChecks());
        headers.put(ClaudeHeaders.TEMPLATE, options.getTemplate());
        headers.put(ClaudeHeaders.OUTPUT_SCHEMA, text(options.getOutputSchema(), context));
        headers.values().removeIf(value -> value == null);
        return Map.copyOf(headers);
    }

    private static String text(String value, CamelContext context) throws IOException {
        return value == null ? null : ResourceText.of(value, context);
    }

    /**
     * A message with the body, the attachments and the headers of the route's, without the results of calls before, and with the options where it has no
     * header.
     *
     * @param options headers by name
     */
    static Message added(Exchange exchange, Map<String, Object> options) {
        Message route = exchange.getMessage();
        Message added = new DefaultMessage(exchange);
        added.copyFrom(route);
        Map<String, Object> headers = added.getHeaders();
        headers.keySet().removeAll(ClaudeHeaders.results());
        options.forEach((name, value) -> {
            Object own = headers.get(name);
            if (own == null || (own instanceof String text && text.isBlank())) {
                headers.put(name, value);
            }
        });
        return added;
    }

    /** Whether the reply is to be read in chunks. */
    static boolean isStreaming(Message message) {
        return message.getHeader(ClaudeHeaders.STREAMING, false, Boolean.class);
    }

    /**
     * Checks why a reply has ended.
     *
     * @param failOn stop reasons that the route does not accept
     * @throws ClaudeException.Incomplete if the route does not accept it
     */
    static void check(Reply reply, List<String> failOn) {
        if (failOn.contains(reply.stopReason())) {
            throw new ClaudeException.Incomplete(
                    ApiError.ours(
                            UNPROCESSABLE,
                            reply.stopReason(),
                            "the reply ended with " + reply.stopReason() + ", which failOn does not accept"),
                    reply.stopReason(),
                    reply.text());
        }
    }

    /** The stop reasons that a route does not accept. */
    static List<String> failOn(Message message) {
        return texts(message.getHeader(ClaudeHeaders.FAIL_ON));
    }

    /** The texts of a list, or of a text with commas. */
    static List<String> texts(Object list) {
        if (list instanceof Collection<?> several) {
            return several.stream().map(String::valueOf).toList();
        }
        return list == null
                ? List.of()
                : Arrays.stream(list.toString().split(",", -1))
                        .map(String::trim)
                        .filter(text -> !text.isEmpty())
                        .toList();
    }
}
