package io.clauderoutes.split;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.RecordedStream;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.JunkFrames;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.stream.ReplyStream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes events of a response, released as the strategy requires. Nothing is read before a later stage pulls. A text or a message of
 * the Messages API is a reply too: a stage that a user replaced may leave it.
 */
public final class Splitter implements Processor {

    private static final Logger LOG = LoggerFactory.getLogger(Splitter.class);

    private final ReplyReader reader;
    private final JunkFrames junkFrames;
    private final ClaudeMeters meters;

    public Splitter(ReplyReader reader, JunkFrames junkFrames, ClaudeMeters meters) {
        this.reader = reader;
        this.junkFrames = junkFrames;
        this.meters = meters;
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Prompt prompt = request.prompt();
        ReplyStream read = request.rounds().isPresent()
                ? request.rounds().get().noting(read(exchange, prompt))
                : read(exchange, prompt);
        Attempt attempt = Attempt.of(exchange);
        ReplyStream events = attempt == null ? read : new RecordedStream(read, attempt.entry());
        exchange.getMessage()
                .setBody(
                        prompt.options().strategy() == Strategy.WHOLE
                                ? HoldBackBuffer.untilEnd(events)
                                : HoldBackBuffer.untilContent(events));
    }

    private ReplyStream read(Exchange exchange, Prompt prompt) {
        Object body = exchange.getMessage().getBody();
        String model = prompt.request().model();
        if (body instanceof OpenReply reply) {
            boolean ends = endsWithJunk(reply.framing());
            return reader.read(reply, prompt.id(), model, report -> junk(prompt.id(), report, ends));
        }
        if (body instanceof ReplyStream stream) {
            return stream;
        }
        byte[] given = exchange.getMessage().getBody(byte[].class);
        if (given == null) {
            throw new ClaudeException.Unavailable(ApiError.ours(
                    500,
                    "api_error",
                    "a stage left no reply: the body must be a text or a message of the Messages API, and is "
                            + (body == null ? "empty" : body.getClass().getName())));
        }
        return reader.given(given, prompt.id(), model);
    }

    private boolean endsWithJunk(OpenReply.Framing framing) {
        return switch (junkFrames) {
            case FAIL -> true;
            case SKIP -> false;
            case AUTO -> framing == OpenReply.Framing.EVENTS;
        };
    }

    /** A text with a gap is no reply: the stream ends, unless its dialect or the settings allow for gaps. */
    private void junk(String prompt, String report, boolean ends) {
        meters.junkFrame();
        if (ends) {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "junk_frame", "the endpoint's stream cannot be read: " + report + " (claude.split.junk-frames)"));
        }
        LOG.warn("prompt {}: {}; it is skipped", prompt, report);
    }
}
