package io.clauderoutes.stream;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A Messages stream as events. An {@code error} event, a cut and an end without {@code message_stop} are failures; a frame
 * that is not JSON is reported, and skipped unless the report throws the {@link ClaudeException} that ends the stream.
 */
final class EventStream implements ReplyStream {

    private final OpenReply reply;
    private final SseReader frames;
    private final MessageJson json;
    private final Consumer<String> junk;
    private final int maxReply;
    private long received;
    private boolean over;

    EventStream(OpenReply reply, MessageJson json, int maxEvent, int maxReply, Consumer<String> junk) {
        this.reply = reply;
        this.frames = new SseReader(reply.body(), maxEvent);
        this.json = json;
        this.maxReply = maxReply;
        this.junk = junk;
    }

    @Override
    public boolean hasNext() {
        return !over;
    }

    @Override
    public StreamEvent next() {
        if (over) {
            throw new NoSuchElementException("the reply has ended");
        }
        while (true) {
            byte[] frame = frame();
            try {
                StreamEvent event = json.event(frame);
                if (event instanceof StreamEvent.Unknown unknown
                        && unknown.type().equals("error")) {
                    throw failed(ClaudeException.of(
                            json.error(0, headersOfError(), reply.redactedError(frame), Optional.empty())));
                }
                reply.alive(event.isContent());
                if (event.isEnd()) {
                    over = true;
                    reply.finished();
                }
                return event;
            } catch (MessageJson.JunkFrame report) {
                junk(report.getMessage());
            }
        }
    }

    private void junk(String report) {
        try {
            junk.accept(report);
        } catch (ClaudeException end) {
            throw failed(end);
        }
    }

    /** The stream's headers but for its content type, which the JSON of an error does not have. */
    private Map<String, String> headersOfError() {
        Map<String, String> headers = new HashMap<>(reply.headers());
        headers.remove("content-type");
        return headers;
    }

    private byte[] frame() {
        try {
            byte[] frame = frames.next();
            if (frame == null && isStop(frames.cutOff())) {
                return frames.cutOff();
            }
            if (frame == null) {
                throw failed(new ClaudeException.Unavailable(
                        ApiError.ours(502, "api_error", "the endpoint's stream ended before message_stop")));
            }
            received += frame.length;
            if (received > maxReply) {
                throw new LineReader.TooLong("the reply is longer than claude.split.max-reply-bytes=" + maxReply);
            }
            return frame;
        } catch (LineReader.TooLong tooLong) {
            throw failed(new ClaudeException.Unavailable(ApiError.unreadable("too_large", tooLong.getMessage())));
        } catch (IOException cut) {
            throw failed(reply.failure(cut));
        }
    }

    /** A reply is whole with this event, blank line after it or not; any other that is cut off is none. */
    private boolean isStop(byte[] cutOff) {
        try {
            return cutOff != null && json.event(cutOff).isEnd();
        } catch (MessageJson.JunkFrame half) {
            return false;
        }
    }

    private ClaudeException failed(ClaudeException failure) {
        over = true;
        reply.abort();
        return failure;
    }

    @Override
    public void close() {
        if (!over) {
            over = true;
            reply.abort();
        }
    }
}
