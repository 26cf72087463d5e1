package io.clauderoutes.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.Usage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Folds the events of one reply into its message, as the official SDKs do. Token counts are running totals: the last one wins. What the
 * message shares with the events is changed by nobody.
 */
public final class ReplyAssembler {

    private final StreamEvent.Visitor<Void> folding = new Folding();

    /** Fields of the event itself; others are the message's. */
    private static final Set<String> OF_EVENT = Set.of("type", "delta", "usage");

    private final MessageJson json;
    private final Map<Integer, Block> blocks = new HashMap<>();
    /** Of each block with text, in order. */
    private final List<Pieces> texts = new ArrayList<>(1);

    private ObjectNode message;
    private ArrayNode content;
    private Usage usage = Usage.UNKNOWN;
    private boolean ended;
    private String unfolded;

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
        private final String type;
        private final Pieces text = new Pieces();
        private final Pieces input = new Pieces();
        private boolean hasInput;
        private ArrayNode citations;

        /** A block may begin with a part of what it says. */
        Block(ObjectNode begin) {
            json = MessageJson.copy(begin);
            type = json.path("type").asText();
            if (type.equals("text") || type.equals("thinking")) {
                text.add(json.path(type).asText(""));
            }
        }

        void cite(JsonNode citation) {
            if (citations == null) {
                ArrayNode before = json.get("citations") instanceof ArrayNode array ? array : json.arrayNode();
                citations = json.putArray("citations").addAll(before);
            }
            citations.add(citation);
        }

        /** Takes over what a delta of this type says; false if that cannot be told. */
        boolean takes(ObjectNode delta) {
            switch (delta.path("type").asText() + " " + type) {
                case "citations_delta text" -> cite(delta.path("citation"));
                case "compaction_delta compaction" -> {
                    json.set("content", delta.get("content"));
                    if (delta.has("encrypted_content")) {
                        json.set("encrypted_content", delta.get("encrypted_content"));
                    }
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        boolean takesInput() {
            return type.equals("tool_use") || type.equals("server_tool_use") || type.equals("mcp_tool_use");
        }

        /** Puts what came in pieces into the block. */
        void end(MessageJson codec) {
            if (type.equals("text") || type.equals("thinking")) {
                json.put(type, text.toString());
            }
            if (hasInput) {
                json.set(
                        "input",
                        codec.value(input.toString())
                                .filter(value -> !value.isMissingNode())
                                .orElseGet(codec::newObject));
            }
        }
    }

    /** Adds the next event. A delta that cannot be folded is noted, see {@link #unfolded()}. */
    public void accept(StreamEvent event) {
        event.accept(folding);
    }

    private final class Folding implements StreamEvent.Visitor<Void> {
        @Override
        public Void messageStart(StreamEvent.MessageStart event) {
            begin(event);
            return null;
        }

        @Override
        public Void blockStart(StreamEvent.BlockStart event) {
            started();
            begin(event);
            return null;
        }

        @Override
        public Void textDelta(StreamEvent.TextDelta event) {
            Block block = block(event.index());
            if (folds(block.type.equals("text"), "text_delta", block)) {
                say(block, event.text());
            }
            return null;
        }

        @Override
        public Void inputJsonDelta(StreamEvent.InputJsonDelta event) {
            Block block = block(event.index());
            if (folds(block.takesInput(), "input_json_delta", block)) {
                block.hasInput = true;
                block.input.add(event.partialJson());
            }
            return null;
        }

        @Override
        public Void thinkingDelta(StreamEvent.ThinkingDelta event) {
            Block block = block(event.index());
            if (folds(block.type.equals("thinking"), "thinking_delta", block)) {
                block.text.add(event.thinking());
            }
            return null;
        }

        @Override
        public Void signatureDelta(StreamEvent.SignatureDelta event) {
            Block block = block(event.index());
            if (folds(block.type.equals("thinking"), "signature_delta", block)) {
                block.json.put("signature", event.signature());
            }
            return null;
        }

        @Override
        public Void otherDelta(StreamEvent.OtherDelta event) {
            Block block = block(event.index());
            folds(block.takes(event.delta()), event.delta().path("type").asText(""), block);
            return null;
        }

        @Override
        public Void blockStop(StreamEvent.BlockStop event) {
            block(event.index()).end(json);
            return null;
        }

        @Override
        public Void messageDelta(StreamEvent.MessageDelta event) {
            started();
            change(event);
            return null;
        }

        @Override
        public Void messageStop(StreamEvent.MessageStop event) {
            started();
            blocks.values().forEach(block -> block.end(json));
            ended = true;
            return null;
        }

        @Override
        public Void ping(StreamEvent.Ping event) {
            // no part of the message
            return null;
        }

        @Override
        public Void unknown(StreamEvent.Unknown event) {
            // no part of the message
            return null;
        }
    }

    private boolean folds(boolean known, String delta, Block block) {
        if (!known && unfolded == null) {
            unfolded = delta + " of a block of type " + block.type;
        }
        return known;
    }

    private void say(Block block, String piece) {
        if (block.text.isEmpty() && !piece.isEmpty()) {
            texts.add(block.text);
        }
        block.text.add(piece);
    }

    /** A reply may begin with whole blocks. */
    private void begin(StreamEvent.MessageStart start) {
        if (message != null) {
            unfolded = unfolded == null ? "second message_start" : unfolded;
            return;
        }
        message = MessageJson.copy(start.message());
        JsonNode begun = start.message().path("content");
        content = message.putArray("content");
        for (int i = 0; i < begun.size(); i++) {
            if (begun.get(i) instanceof ObjectNode block) {
                begin(i, block);
            } else {
                content.add(begun.get(i));
            }
        }
        usage = start.usage();
    }

    private void begin(StreamEvent.BlockStart start) {
        begin(start.index(), start.block());
        JsonNode server = start.block().path("to").path("model");
        if (start.type().equals("fallback") && server.isTextual()) {
            // From here on another model says the reply.
            message.set("model", server);
        }
    }

    private void begin(int index, ObjectNode begin) {
        Block block = new Block(begin);
        blocks.put(index, block);
        content.add(block.json);
        if (block.type.equals("text") && !block.text.isEmpty()) {
            texts.add(block.text);
        }
    }

    private void change(StreamEvent.MessageDelta delta) {
        delta.delta().properties().forEach(field -> set(field.getKey(), field.getValue()));
        delta.frame()
                .map(frame -> json.object(frame.bytes(), "the event"))
                .ifPresent(event -> event.properties().stream()
                        .filter(field -> !OF_EVENT.contains(field.getKey()))
                        .forEach(field -> set(field.getKey(), field.getValue())));
        ObjectNode counts = message.get("usage") instanceof ObjectNode told ? told : json.newObject();
        message.set("usage", MessageJson.runningTotals(counts, delta.usageJson()));
        usage = usage.then(delta.usage());
    }

    /** A null takes nothing back, save a reason to stop. */
    private void set(String field, JsonNode value) {
        if (!value.isNull() || field.startsWith("stop_") || !message.has(field)) {
            message.set(field, value);
        }
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
        return new ClaudeException.Unavailable(
                ApiError.unreadable("order_of_events", "the endpoint's stream has " + what));
    }

    /** The first delta that is not in the folded reply, because its type is unknown or not allowed in its block. */
    public Optional<String> unfolded() {
        return Optional.ofNullable(unfolded);
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
        return new Reply(message, text(), usage, json, unfolded());
    }
}
