package io.clauderoutes.stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Reply;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Folds the events of one reply into the message that they tell. Token counts are running totals: the last one wins. */
public final class ReplyAssembler {

    private final MessageJson json;
    private final Map<Integer, Block> blocks = new HashMap<>();
    private final StringBuilder text = new StringBuilder();
    private ObjectNode message;
    private ArrayNode content;
    private Usage usage = Usage.UNKNOWN;
    private boolean ended;

    public ReplyAssembler(MessageJson json) {
        this.json = json;
    }

    private record Block(ObjectNode json, StringBuilder text, StringBuilder other) {}

    public void accept(StreamEvent event) {
        if (event instanceof StreamEvent.TextDelta delta) {
            block(delta.index()).text.append(delta.text());
            text.append(delta.text());
        } else if (event instanceof StreamEvent.InputJsonDelta delta) {
            block(delta.index()).text.append(delta.partialJson());
        } else if (event instanceof StreamEvent.ThinkingDelta delta) {
            block(delta.index()).text.append(delta.thinking());
        } else if (event instanceof StreamEvent.SignatureDelta delta) {
            block(delta.index()).other.append(delta.signature());
        } else if (event instanceof StreamEvent.OtherDelta delta) {
            if (delta.delta().has("citation")) {
                block(delta.index())
                        .json
                        .withArray("citations")
                        .add(delta.delta().get("citation"));
            }
        } else if (event instanceof StreamEvent.MessageStart start) {
            begin(start);
        } else if (event instanceof StreamEvent.BlockStart start) {
            started();
            blocks.put(start.index(), new Block(start.block().deepCopy(), new StringBuilder(), new StringBuilder()));
        } else if (event instanceof StreamEvent.BlockStop stop) {
            content.add(whole(block(stop.index())));
            blocks.remove(stop.index());
        } else if (event instanceof StreamEvent.MessageDelta delta) {
            started();
            message.setAll(delta.delta());
            ObjectNode counts = message.withObjectProperty("usage");
            delta.usageJson().properties().forEach(count -> {
                if (!count.getValue().isNull() || !counts.has(count.getKey())) {
                    counts.set(count.getKey(), count.getValue());
                }
            });
            usage = usage.then(delta.usage());
        } else if (event instanceof StreamEvent.MessageStop) {
            started();
            ended = true;
        }
    }

    private void begin(StreamEvent.MessageStart start) {
        if (message != null) {
            throw broken("a second message_start");
        }
        message = start.message().deepCopy();
        content = message.putArray("content");
        usage = start.usage();
    }

    private void started() {
        if (message == null) {
            throw broken("an event before message_start");
        }
    }

    private Block block(int index) {
        started();
        Block block = blocks.get(index);
        if (block == null) {
            throw broken("an event of a block that was not started");
        }
        return block;
    }

    private static ClaudeException broken(String what) {
        return new ClaudeException.Unavailable(ApiError.ours(502, "api_error", "the endpoint's stream has " + what));
    }

    private ObjectNode whole(Block block) {
        ObjectNode whole = block.json;
        switch (whole.path("type").asText()) {
            case "text" -> whole.put("text", block.text.toString());
            case "thinking" -> whole.put("thinking", block.text.toString()).put("signature", block.other.toString());
            default -> {
                if (block.text.length() > 0) {
                    whole.set("input", json.value(block.text.toString()).orElseGet(json::newObject));
                }
            }
        }
        return whole;
    }

    /** Whether the reply came to its own end. */
    public boolean isComplete() {
        return ended;
    }

    /** The text so far. */
    public String text() {
        return text.toString();
    }

    /** The tokens told so far. */
    public Usage usage() {
        return usage;
    }

    /** The reply, once it is complete. */
    public Reply reply() {
        return reply(Optional.empty());
    }

    /**
     * The reply, once it is complete.
     *
     * @param json the message as it came, where it came whole and nothing in it was changed
     */
    public Reply reply(Optional<Frame> json) {
        if (!ended) {
            throw new IllegalStateException("the reply has not ended yet");
        }
        return new Reply(message, text.toString(), usage, json);
    }
}
