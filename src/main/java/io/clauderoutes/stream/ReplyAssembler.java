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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Folds the events of one reply into the message that they tell. Token counts are running totals: the last one wins. What the
 * message shares with the events is changed by nobody.
 */
public final class ReplyAssembler {

    private final MessageJson json;
    private final Map<Integer, Block> blocks = new HashMap<>();
    /** Of each block with text, in order. */
    private final List<Pieces> texts = new ArrayList<>(1);

    private ObjectNode message;
    private ArrayNode content;
    private Usage usage = Usage.UNKNOWN;
    private boolean ended;

    public ReplyAssembler(MessageJson json) {
        this.json = json;
    }

    /** A text in pieces. The only piece of a text is kept as it is: that is all there is of a reply that came whole. */
    private static final class Pieces {
        private String only = "";
        private StringBuilder all;

        void add(String piece) {
            if (all != null) {
                all.append(piece);
            } else if (only.isEmpty()) {
                only = piece;
            } else if (!piece.isEmpty()) {
                all = new StringBuilder(2 * (only.length() + piece.length()))
                        .append(only)
                        .append(piece);
            }
        }

        boolean isEmpty() {
            return only.isEmpty();
        }

        @Override
        public String toString() {
            return all == null ? only : all.toString();
        }
    }

    /** A block that has begun: a copy of what it began with, and what was added to it. */
    private static final class Block {
        private final ObjectNode json;
        private final Pieces text = new Pieces();
        private final Pieces signature = new Pieces();
        private ArrayNode citations;

        /** A block may begin with a part of what it says. */
        Block(StreamEvent.BlockStart start) {
            json = MessageJson.copy(start.block());
            text.add(start.text());
            if (start.type().equals("thinking")) {
                text.add(json.path("thinking").asText(""));
                signature.add(json.path("signature").asText(""));
            }
        }

        void cite(StreamEvent.OtherDelta delta) {
            if (citations == null) {
                ArrayNode before = json.get("citations") instanceof ArrayNode array ? array : json.arrayNode();
                citations = json.putArray("citations").addAll(before);
            }
            citations.add(delta.delta().get("citation"));
        }
    }

    public void accept(StreamEvent event) {
        if (event instanceof StreamEvent.TextDelta delta) {
            say(block(delta.index()), delta.text());
        } else if (event instanceof StreamEvent.InputJsonDelta delta) {
            block(delta.index()).text.add(delta.partialJson());
        } else if (event instanceof StreamEvent.ThinkingDelta delta) {
            block(delta.index()).text.add(delta.thinking());
        } else if (event instanceof StreamEvent.SignatureDelta delta) {
            block(delta.index()).signature.add(delta.signature());
        } else if (event instanceof StreamEvent.OtherDelta delta) {
            if (delta.delta().has("citation")) {
                block(delta.index()).cite(delta);
            }
        } else if (event instanceof StreamEvent.MessageStart start) {
            begin(start);
        } else if (event instanceof StreamEvent.BlockStart start) {
            started();
            Block block = new Block(start);
            blocks.put(start.index(), block);
            if (!start.text().isEmpty()) {
                texts.add(block.text);
            }
        } else if (event instanceof StreamEvent.BlockStop stop) {
            content.add(whole(block(stop.index())));
            blocks.remove(stop.index());
        } else if (event instanceof StreamEvent.MessageDelta delta) {
            started();
            message.setAll(delta.delta());
            ObjectNode counts = message.get("usage") instanceof ObjectNode told ? told : json.newObject();
            message.set("usage", MessageJson.runningTotals(counts, delta.usageJson()));
            usage = usage.then(delta.usage());
        } else if (event instanceof StreamEvent.MessageStop) {
            started();
            ended = true;
        }
    }

    private void say(Block block, String piece) {
        if (block.text.isEmpty() && !piece.isEmpty()) {
            texts.add(block.text);
        }
        block.text.add(piece);
    }

    private void begin(StreamEvent.MessageStart start) {
        if (message != null) {
            throw broken("a second message_start");
        }
        message = MessageJson.copy(start.message());
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
            case "thinking" ->
                whole.put("thinking", block.text.toString()).put("signature", block.signature.toString());
            default -> {
                if (!block.text.isEmpty()) {
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
        return texts.size() == 1
                ? texts.get(0).toString()
                : texts.stream().map(Pieces::toString).collect(Collectors.joining());
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
        return new Reply(message, text(), usage, json);
    }
}
