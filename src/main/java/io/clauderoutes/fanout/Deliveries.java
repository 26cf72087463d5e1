package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Opens a delivery for each sink of a prompt. */
final class Deliveries {

    private final Function<String, Sink> sinks;
    private final Duration sinkTimeout;
    private final List<String> headers;
    private final Executor executor;
    private final Executor callerRuns;

    /**
     * Opens deliveries to sinks.
     *
     * @param sinks by their names, or by their URIs
     * @param headers names of the headers that travel from a prompt to its sinks
     * @param executor runs deliveries side by side
     * @param callerRuns runs the only delivery of a reply on the thread that has the reply
     */
    Deliveries(
            Function<String, Sink> sinks,
            Duration sinkTimeout,
            List<String> headers,
            Executor executor,
            Executor callerRuns) {
        this.sinks = sinks;
        this.sinkTimeout = sinkTimeout;
        this.headers = List.copyOf(headers);
        this.executor = executor;
        this.callerRuns = callerRuns;
    }

    /** One delivery for each sink of the prompt. */
    List<Delivery> open(Prompt prompt, Message message) {
        boolean isOnly = prompt.options().delivery().sinks().size() == 1;
        List<Delivery> deliveries =
                new ArrayList<>(prompt.options().delivery().sinks().size());
        for (String name : prompt.options().delivery().sinks()) {
            Sink sink = sinks.apply(name);
            deliveries.add(
                    sink.wantsChunks()
                            ? new ChunkDelivery(sink, executor, sinkTimeout, address(prompt, message))
                            : new WholeDelivery(sink, isOnly ? callerRuns : executor, sinkTimeout));
        }
        return deliveries;
    }

    /** Headers that say which prompt a reply belongs to. The name of a file in them cannot leave the folder of its sink. */
    Map<String, Object> address(Prompt prompt, Message message) {
        Map<String, Object> address = new HashMap<>();
        for (String name : headers) {
            Object value = message.getHeader(name);
            if (value != null) {
                address.put(name, value);
            }
        }
        String name = prompt.options().name();
        address.put(ClaudeHeaders.PROMPT_ID, prompt.id());
        address.put(ClaudeHeaders.NAME, name);
        address.put(Exchange.FILE_NAME, fileName(name.isEmpty() ? prompt.id() + ".txt" : name));
        prompt.options().conversation().session().ifPresent(session -> address.put(ClaudeHeaders.SESSION, session));
        return address;
    }

    /** The path that a source gave, below the folder of the sink whatever it contains. */
    private static String fileName(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : name.split("[/\\\\]", -1)) {
            String plain = part.replaceAll("[\\p{Cntrl}:*?\"<>|]", "_");
            if (!plain.isEmpty() && !plain.equals(".") && !plain.equals("..")) {
                parts.add(plain);
            }
        }
        return parts.isEmpty() ? "answer.txt" : String.join("/", parts);
    }
}
