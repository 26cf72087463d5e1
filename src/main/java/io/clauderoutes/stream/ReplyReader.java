package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.StreamEvent;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Turns the response of an endpoint into events, whatever its dialect, streamed or whole. */
public final class ReplyReader {

    private static final int SHORT_REPLY = 1024;

    private final MessageJson json;
    private final PromptDialect dialect;
    private final int maxEvent;
    private final int maxReply;

    /**
     * Reads within bounds.
     *
     * @param maxEvent bytes that one event of a stream may have
     * @param maxReply bytes that a whole reply may have
     */
    public ReplyReader(MessageJson json, PromptDialect dialect, int maxEvent, int maxReply) {
        this.json = json;
        this.dialect = dialect;
        this.maxEvent = maxEvent;
        this.maxReply = maxReply;
    }

    /**
     * The events of an answer.
     *
     * @param id names the reply where the endpoint does not
     * @param junk takes a report of every frame that cannot be read, which holds nothing of its text. The frame is skipped,
     *     unless {@code junk} throws a {@link ClaudeException}, which ends the reply
     */
    public ReplyStream read(OpenReply reply, String id, String model, Consumer<String> junk) {
        return switch (reply.framing()) {
            case EVENTS -> new EventStream(reply, json, maxEvent, maxReply, junk);
            case PROMPT_FRAMES -> new CompanyGatewayFrames(reply, dialect, id, model, maxEvent, maxReply, junk);
            case MESSAGE -> message(whole(reply));
            case PROMPT_TEXT -> ReplyStream.of(promptText(whole(reply), id, model));
        };
    }

    /**
     * The events of a reply that did not come from an endpoint.
     *
     * @param body a message of the Messages API as JSON; anything else is the text of the reply
     * @param id names a reply that is a text
     */
    public ReplyStream given(byte[] body, String id, String model) {
        return json.isMessage(body) ? message(body) : ReplyStream.of(text(new String(body, UTF_8), id, model));
    }

    private ReplyStream message(byte[] body) {
        return ReplyStream.of(json.events(body), Optional.of(new Frame(body)));
    }

    private List<StreamEvent> promptText(byte[] body, String id, String model) {
        String text = dialect.text(body)
                .orElseThrow(() -> new ClaudeException.Unavailable(
                        ApiError.unreadable("not_a_text", "the endpoint's response is not JSON with a \"text\"")));
        return text(text, id, model);
    }

    private List<StreamEvent> text(String text, String id, String model) {
        List<StreamEvent> events = new ArrayList<>(dialect.begin(id, model));
        events.add(dialect.text(text));
        events.addAll(dialect.end());
        return events;
    }

    private byte[] whole(OpenReply reply) {
        try {
            byte[] body = read(reply.body(), maxReply + 1);
            if (body.length > maxReply) {
                reply.abort();
                throw new ClaudeException.Unavailable(ApiError.unreadable(
                        "too_large", "the reply is longer than claude.split.max-reply-bytes=" + maxReply));
            }
            reply.alive(true);
            reply.finished();
            return body;
        } catch (IOException cut) {
            reply.abort();
            throw reply.failure(cut);
        }
    }

    /** Like {@code in.readNBytes(most)}, without its chunks: most replies have come with their head already. */
    private static byte[] read(InputStream in, int most) throws IOException {
        byte[] bytes = new byte[Math.min(most, Math.max(SHORT_REPLY, in.available()))];
        int length = 0;
        while (true) {
            int more = in.read(bytes, length, bytes.length - length);
            if (more < 0) {
                return Arrays.copyOf(bytes, length);
            }
            length += more;
            if (length == bytes.length) {
                int next = length == most ? -1 : in.read();
                if (next < 0) {
                    return bytes;
                }
                bytes = Arrays.copyOf(bytes, (int) Math.min(most, length * 2L));
                bytes[length++] = (byte) next;
            }
        }
    }
}
