package io.clauderoutes.split;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.RecordedStream;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.StrategyChoice;
import io.clauderoutes.settings.JunkFrames;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.stream.ReplyStream;
import java.util.Optional;
import java.util.concurrent.Executor;
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
    private final StrategyChooser auto;
    private final BundleRuntime runtime;
    private final Executor threads;

    /** @param auto chooses a mode for requests with the strategy {@code auto} */
    public Splitter(
            ReplyReader reader,
            JunkFrames junkFrames,
            ClaudeMeters meters,
            StrategyChooser auto,
            BundleRuntime runtime) {
        this.reader = reader;
        this.junkFrames = junkFrames;
        this.meters = meters;
        this.auto = auto;
        this.runtime = runtime;
        this.threads = runtime.threads().perTask("claude-split");
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Prompt prompt = request.prompt();
        Attempt attempt = Attempt.of(exchange);
        ReplyStream read = read(exchange, prompt);
        ReplyStream events = attempt == null
                ? read
                : new RecordedStream(
                        new ObservedStream(read, attempt, auto.predictions(), runtime.ticker()), attempt.entry());
        ReplyStream released = released(request, Optional.ofNullable(attempt), events);
        exchange.getMessage()
                .setBody(request.rounds().map(rounds -> rounds.noting(released)).orElse(released));
    }

    private ReplyStream released(Request request, Optional<Attempt> attempt, ReplyStream events) {
        return switch (request.prompt().options().delivery().strategy()) {
            case WHOLE -> HoldBackBuffer.untilEnd(events);
            case STREAM -> HoldBackBuffer.untilContent(events);
            case AUTO -> chosen(request, attempt, events);
        };
    }

    private ReplyStream chosen(Request request, Optional<Attempt> attempt, ReplyStream events) {
        StrategyChoice choice = auto.choose(request);
        request.progress().chose(choice);
        attempt.ifPresent(its -> its.entry().strategy(choice.summary()));
        if (choice.reason() == StrategyChoice.Reason.WHOLE_NEEDED
                || events.whole().isPresent()) {
            return HoldBackBuffer.untilEnd(events);
        }
        boolean holds = choice.mode() == Strategy.WHOLE;
        boolean paces = auto.isPaced(request);
        if (!holds && !paces) {
            return HoldBackBuffer.untilContent(events);
        }
        Optional<AutoStream.Hold> hold = holds
                ? Optional.of(new AutoStream.Hold(latest(request, attempt), () -> late(request, attempt, choice)))
                : Optional.empty();
        return HoldBackBuffer.untilContent(new AutoStream(events, hold, paces, threads, runtime.ticker()));
    }

    /** The time by which nine of ten such replies are whole. */
    private long latest(Request request, Optional<Attempt> attempt) {
        long start = attempt.map(Attempt::startedNanos).orElseGet(request::startedNanos);
        return start
                + request.progress()
                        .prediction()
                        .map(its -> its.longestDuration().toNanos())
                        .orElse(0L);
    }

    private static void late(Request request, Optional<Attempt> attempt, StrategyChoice choice) {
        StrategyChoice changed = choice.changed(Strategy.STREAM, StrategyChoice.Reason.LATE);
        request.progress().chose(changed);
        attempt.ifPresent(its -> its.entry().strategy(changed.summary()));
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
        meters.replies().junkFrame();
        if (ends) {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "junk_frame", "the endpoint's stream cannot be read: " + report + " (claude.split.junk-frames)"));
        }
        LOG.warn("prompt {}: {}; it is skipped", prompt, report);
    }
}
