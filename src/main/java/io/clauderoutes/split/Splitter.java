package io.clauderoutes.split;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.RecordedStream;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.ClaudeSettings.JunkFrames;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.stream.ReplyStream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes events of an open answer, handed on as the strategy wants them. Nothing is read before a later stage pulls. */
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
        Prompt prompt = Request.of(exchange).prompt();
        OpenReply reply = (OpenReply) exchange.getMessage().getBody();
        boolean ends = endsWithJunk(reply.framing());
        ReplyStream read =
                reader.read(reply, prompt.id(), prompt.request().model(), report -> junk(prompt.id(), report, ends));
        Attempt attempt = Attempt.of(exchange);
        ReplyStream events = attempt == null ? read : new RecordedStream(read, attempt.entry());
        exchange.getMessage()
                .setBody(
                        prompt.options().strategy() == Strategy.WHOLE
                                ? HoldBackBuffer.untilEnd(events)
                                : HoldBackBuffer.untilContent(events));
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
