package io.clauderoutes.redact;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.BlockStart;
import io.clauderoutes.message.StreamEvent.BlockStop;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.TextDelta;
import io.clauderoutes.stream.Renumbering;
import io.clauderoutes.stream.ReplyStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * A reply with personal data and secrets taken out as it comes. An event in which nothing is replaced leaves as the
 * object it came as, and none overtakes another. Thinking is passed unchanged, because a changed block breaks its signature, or
 * dropped whole.
 */
@SuppressWarnings("ReferenceEquality") // the very same bytes say that nothing had to be changed
final class RedactedStream implements ReplyStream {

    private final StreamEvent.Visitor<Void> taking = new Taking();
    private final StreamEvent.Visitor<StreamEvent> renumbering = new Renumbering(this::renumbered);
    private final ReplyStream events;
    private final RedactionRules rules;
    private final MessageJson json;
    private final RedactionListener listener;
    private final DocumentRedactor documents;
    private final HeldEvents held = new HeldEvents();
    private final Map<Integer, HeldEvents.Block> texts = new HashMap<>();
    private final Map<Integer, HeldEvents.Block> inputs = new HashMap<>();
    private final Set<Integer> toolCalls = new HashSet<>();
    private final Set<Integer> dropped = new HashSet<>();
    private ClaudeException failure;

    RedactedStream(ReplyStream events, RedactionRules rules, MessageJson json, RedactionListener listener) {
        this.events = events;
        this.rules = rules;
        this.json = json;
        this.listener = listener;
        this.documents = rules.documents(listener);
    }

    /** Redacts a reply: event by event, or its whole message at once where the message came whole. */
    static ReplyStream of(ReplyStream events, RedactionRules rules, MessageJson json, RedactionListener listener) {
        Optional<Frame> whole = events.whole();
        if (whole.isPresent()) {
            byte[] plain = whole.get().bytes();
            try {
                byte[] redacted = rules.documents(listener).redact(plain, Place.REPLY);
                return redacted == plain ? events : new RedactedMessage(events, redacted, json);
            } catch (DocumentRedactor.NotJson stricter) {
                return new RedactedStream(events, rules, json, listener);
            }
        }
        return new RedactedStream(events, rules, json, listener);
    }

    @Override
    public boolean hasNext() {
        return !held.isEmpty() || failure != null || events.hasNext();
    }

    @Override
    public StreamEvent next() {
        while (true) {
            Optional<StreamEvent> event = held.poll();
            if (event.isPresent()) {
                return event.get();
            }
            if (failure != null) {
                ClaudeException told = failure;
                failure = null;
                throw told;
            }
            if (events.hasNext()) {
                pull();
            } else if (texts.isEmpty() && inputs.isEmpty()) {
                throw new NoSuchElementException("the reply has ended");
            } else {
                endBlocks();
            }
        }
    }

    /** Takes the next event; of a reply that breaks off first all that was held leaves, and then the failure. */
    private void pull() {
        StreamEvent event;
        try {
            event = events.next();
        } catch (ClaudeException broken) {
            failure = broken;
            endBlocks();
            return;
        }
        event.accept(taking);
    }

    private final class Taking implements StreamEvent.Visitor<Void> {
        @Override
        public Void messageStart(StreamEvent.MessageStart event) {
            held.add(document(event));
            return null;
        }

        @Override
        public Void blockStart(StreamEvent.BlockStart event) {
            start(event);
            return null;
        }

        @Override
        public Void textDelta(StreamEvent.TextDelta event) {
            text(event);
            return null;
        }

        @Override
        public Void inputJsonDelta(StreamEvent.InputJsonDelta event) {
            input(event);
            return null;
        }

        @Override
        public Void thinkingDelta(StreamEvent.ThinkingDelta event) {
            thought(event.index(), event);
            return null;
        }

        @Override
        public Void signatureDelta(StreamEvent.SignatureDelta event) {
            thought(event.index(), event);
            return null;
        }

        @Override
        public Void otherDelta(StreamEvent.OtherDelta event) {
            thought(event.index(), event);
            return null;
        }

        @Override
        public Void blockStop(StreamEvent.BlockStop event) {
            stop(event);
            return null;
        }

        @Override
        public Void messageDelta(StreamEvent.MessageDelta event) {
            endBlocks();
            held.add(document(event));
            return null;
        }

        @Override
        public Void messageStop(StreamEvent.MessageStop event) {
            endBlocks();
            held.add(document(event));
            return null;
        }

        @Override
        public Void ping(StreamEvent.Ping event) {
            held.add(event);
            return null;
        }

        @Override
        public Void unknown(StreamEvent.Unknown event) {
            held.add(document(event));
            return null;
        }
    }

    private void thought(int block, StreamEvent event) {
        if (!dropped.contains(block)) {
            held.add(document(renumbered(event)));
        }
    }

    /** The event with its JSON redacted; the very same one where nothing had to be replaced. */
    private StreamEvent document(StreamEvent event) {
        byte[] plain = json.bytes(event);
        byte[] redacted = documents.redacted(plain, Place.EVENT);
        if (redacted == plain) {
            return event;
        }
        return json.known(redacted);
    }

    private void text(TextDelta delta) {
        int index = renumbered(delta.index());
        texts.computeIfAbsent(delta.index(), added -> held.block(rules.policy().redactor(listener)))
                .add(
                        index == delta.index() ? delta : textDelta(index, delta.text()),
                        delta.text(),
                        text -> textDelta(index, text));
    }

    private static TextDelta textDelta(int index, String text) {
        return new TextDelta(index, text, Optional.empty());
    }

    private void input(InputJsonDelta delta) {
        int index = renumbered(delta.index());
        InputJsonDelta event = index == delta.index() ? delta : inputDelta(index, delta.partialJson());
        if (rules.keepsInput() && toolCalls.contains(delta.index())) {
            held.add(event);
            return;
        }
        inputs.computeIfAbsent(delta.index(), added -> held.block(new JsonRedactor(rules.policy(), listener)))
                .add(event, delta.partialJson(), part -> inputDelta(index, part));
    }

    private static InputJsonDelta inputDelta(int index, String part) {
        return new InputJsonDelta(index, part, Optional.empty());
    }

    private void start(BlockStart start) {
        if (rules.dropsThinking() && Place.isThinking(Place.typeNumber(start.type()))) {
            dropped.add(start.index());
            return;
        }
        if (Place.BLOCK.field(Place.typeNumber(start.type()), "input") == Place.INPUT) {
            toolCalls.add(start.index());
        }
        int index = renumbered(start.index());
        String text = start.text();
        if (text.isEmpty()) {
            held.add(document(renumbered(start)));
            return;
        }
        held.add(document(new BlockStart(index, MessageJson.copy(start.block()).put("text", ""), Optional.empty())));
        text(textDelta(start.index(), text));
    }

    private void stop(BlockStop stop) {
        if (dropped.contains(stop.index())) {
            return;
        }
        end(texts.remove(stop.index()));
        end(inputs.remove(stop.index()));
        held.add(renumbered(stop));
    }

    private static void end(HeldEvents.Block block) {
        if (block != null) {
            block.end();
        }
    }

    /** Decides on what is held of blocks that have not ended. */
    private void endBlocks() {
        texts.values().forEach(RedactedStream::end);
        inputs.values().forEach(RedactedStream::end);
        texts.clear();
        inputs.clear();
    }

    private StreamEvent renumbered(StreamEvent event) {
        return dropped.isEmpty() ? event : event.accept(renumbering);
    }

    /** Blocks are counted without a gap; after a dropped one the rest move up. */
    private int renumbered(int index) {
        return dropped.isEmpty()
                ? index
                : index - (int) dropped.stream().filter(gone -> gone < index).count();
    }

    @Override
    public void close() {
        events.close();
        held.clear();
    }
}
