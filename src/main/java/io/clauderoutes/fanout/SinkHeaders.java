package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeHeaders;
import java.util.Map;

/**
 * Headers by which the receiver of a sink knows a reply and the order of its chunks. JMS, Kafka and HTTP drop headers that begin with
 * {@code Camel}, so these have names of their own on the wire, which are also valid names of JMS properties.
 */
final class SinkHeaders {

    private static final Map<String, String> NAMES = Map.of(
            ClaudeHeaders.PROMPT_ID, "ClaudePromptId",
            ClaudeHeaders.SESSION, "ClaudeSession",
            ClaudeHeaders.CHUNK, "ClaudeChunk",
            ClaudeHeaders.LAST, "ClaudeLast",
            ClaudeHeaders.ERROR, "ClaudeError",
            ClaudeHeaders.TOOL_EVENT, "ClaudeToolEvent");

    private SinkHeaders() {}

    /** Adds the headers that reach the wire. */
    static void add(Map<String, Object> headers) {
        NAMES.forEach((name, onTheWire) -> {
            Object value = headers.get(name);
            if (value != null) {
                headers.put(onTheWire, value);
            }
        });
    }
}
