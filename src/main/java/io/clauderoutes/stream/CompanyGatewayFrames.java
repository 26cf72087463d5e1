package io.clauderoutes.stream;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.StreamEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.Consumer;

/** The frames of a company gateway, told as the events of a Messages stream. A frame that is not JSON is reported and skipped. */
final class CompanyGatewayFrames implements ReplyStream {

    private final OpenReply reply;
    private final FrameReader frames;
    private final PromptDialect dialect;
    private final Consumer<String> junk;
    private final Queue<StreamEvent> ready = new ArrayDeque<>();
    private final int maxReply;
    private long received;
    private boolean anyText;
    private boolean anyJunk;
    private boolean over;

    CompanyGatewayFrames(
            OpenReply reply,
            PromptDialect dialect,
            String id,
            String model,
            int maxFrame,
            int maxReply,
            Consumer<String> junk) {
        this.reply = reply;
        this.frames = new BareFrameReader(reply.body(), maxFrame);
        this.dialect = dialect;
        this.maxReply = maxReply;
        this.junk = junk;
        ready.addAll(dialect.begin(id, model));
    }

    @Override
    public boolean hasNext() {
        return !over || !ready.isEmpty();
    }

    @Override
    public StreamEvent next() {
        StreamEvent event = ready.poll();
        while (event == null) {
            if (over) {
                throw new NoSuchElementException("the reply has ended");
            }
            read();
            event = ready.poll();
        }
        return event;
    }

    private void read() {
        try {
            byte[] frame = frames.next();
            if (frame == null && anyJunk && !anyText) {
                throw failed(new ClaudeException.Unavailable(
                        ApiError.ours(502, "api_error", "the endpoint's answer has no frame with a \"text\"")));
            }
            if (frame == null) {
                over = true;
                reply.finished();
                ready.addAll(dialect.end());
                return;
            }
            received += frame.length;
            if (received > maxReply) {
                throw new LineReader.TooLong("the reply is longer than claude.split.max-reply-bytes=" + maxReply);
            }
            reply.alive(true);
            dialect.text(frame).ifPresentOrElse(this::text, () -> junk(frame.length));
        } catch (LineReader.TooLong tooLong) {
            throw failed(new ClaudeException.Unavailable(ApiError.unreadable("too_large", tooLong.getMessage())));
        } catch (IOException cut) {
            throw failed(reply.failure(cut));
        }
    }

    private void text(String text) {
        anyText = true;
        ready.add(dialect.text(text));
    }

    private void junk(int bytes) {
        anyJunk = true;
        try {
            junk.accept("a frame of " + bytes + " bytes is not JSON with a \"text\"");
        } catch (ClaudeException end) {
            throw failed(end);
        }
    }

    private ClaudeException failed(ClaudeException failure) {
        over = true;
        ready.clear();
        reply.abort();
        return failure;
    }

    @Override
    public void close() {
        if (!over) {
            over = true;
            reply.abort();
        }
        ready.clear();
    }
}
