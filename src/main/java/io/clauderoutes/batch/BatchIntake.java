package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the prompt of an exchange until a batch has its answer. When this returns it is on the disk, so that its source may be told
 * that it was taken. The body is the id of the prompt then, or an empty text if the prompt was kept before. What cannot be part of a batch is refused here, by name.
 */
public final class BatchIntake implements Processor {

    private static final Logger LOG = LoggerFactory.getLogger(BatchIntake.class);

    private final Batches batches;
    private final BatchJson json;
    private final List<String> headers;
    private final ClaudeMeters meters;
    private final BatchRecorder books;

    /** @param headers names of those that travel from a prompt to its sinks */
    public BatchIntake(
            Batches batches, BatchRecorder books, BatchJson json, List<String> headers, ClaudeMeters meters) {
        this.batches = batches;
        this.books = books;
        this.json = json;
        this.headers = List.copyOf(headers);
        this.meters = meters;
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Prompt prompt = request.prompt();
        json.unfit(prompt.request()).ifPresent(why -> {
            throw refused("a prompt of a batch cannot have " + why);
        });
        if (prompt.options().conversation().memory() != Prompt.Memory.OFF) {
            throw refused("a prompt of a batch cannot have a history: remove " + ClaudeHeaders.MEMORY);
        }
        if (prompt.options().delivery().sinks().isEmpty()) {
            throw refused("a prompt of a batch needs sinks for its answer: name them in " + ClaudeHeaders.SINKS);
        }
        if (!prompt.wireHeaders().keySet().stream().allMatch(Correlation::isName)) {
            throw refused(
                    "a prompt of a batch cannot have headers of the API's own, which would be those of the batch");
        }
        books.check(prompt);
        boolean news = batches.keep(new Waiting(
                prompt,
                request.requester().source(),
                Optional.ofNullable(exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class)),
                Optional.ofNullable(exchange.getProperty(ClaudeHeaders.REDACT_POLICY, String.class)),
                travelling(exchange)));
        // A requester that waits for a response gets a text that each protocol can carry.
        exchange.getMessage().setBody(news ? prompt.id() : "");
        if (news) {
            LOG.debug("prompt {} waits for a batch", prompt.id());
        } else {
            meters.sources().duplicate(request.requester().source());
            LOG.info(
                    "source {}: a message was kept for a batch before and is skipped",
                    request.requester().source());
        }
    }

    private Map<String, Object> travelling(Exchange exchange) {
        Map<String, Object> travelling = new HashMap<>();
        for (String name : headers) {
            Object value = exchange.getMessage().getHeader(name);
            if (value instanceof Number || value instanceof Boolean) {
                travelling.put(name, value);
            } else if (value != null) {
                travelling.put(name, value.toString());
            }
        }
        return travelling;
    }

    private static ClaudeException refused(String why) {
        return new ClaudeException.Rejected(ApiError.ours(400, "invalid_request_error", why));
    }
}
