package io.clauderoutes.redact;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.BlockStart;
import io.clauderoutes.message.StreamEvent.BlockStop;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.MessageDelta;
import io.clauderoutes.message.StreamEvent.OtherDelta;
import io.clauderoutes.message.StreamEvent.SignatureDelta;
import io.clauderoutes.message.StreamEvent.TextDelta;
import io.clauderoutes.message.StreamEvent.ThinkingDelta;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * A reply with personal data and secrets taken out as it comes. An event in which nothing is replaced leaves as the
 * object it came as. Thinking is passed unchanged, for a changed block breaks its signature, or dropped whole.
 */
@SuppressWarnings("ReferenceEquality") // the very same object says that nothing had to be changed
final class RedactedStream implements ReplyStream {

    private final ReplyStream events;
    private final RedactionPolicy policy;
    private final boolean dropThinking;
    private final RedactionListener listener;
    private final TreeRedactor trees;
    private final Queue<StreamEvent> ready = new ArrayDeque<>(2);
    private final Map<Integer, DeltaRedactor> texts = new HashMap<>();
    private final Map<Integer, DeltaRedactor> inputs = new HashMap<>();
    private final Set<Integer> dropped;
    private boolean hasText;
    private boolean replaced;
    private ClaudeException failure;

    RedactedStream(ReplyStream events, RedactionPolicy policy, boolean dropThinking, RedactionListener listener) {
        this.events = events;
        this.policy = policy;
        this.dropThinking = dropThinking;
        this.dropped = dropThinking ? new HashSet<>() : Set.of();
        this.listener = what -> {
            replaced = true;
            listener.replaced(what);
        };
        this.trees = new TreeRedactor(policy, this.listener);
    }

    @Override
    public boolean hasNext() {
        return !ready.isEmpty() || failure != null || events.hasNext();
    }

    @Override
    public StreamEvent next() {
        while (ready.isEmpty()) {
            if (failure != null) {
                ClaudeException told = failure;
                failure = null;
                throw told;
            }
            if (!events.hasNext()) {
                throw new NoSuchElementException("the reply has ended");
            }
            pull();
        }
        return ready.remove();
    }

    /** Takes the next event; of a reply that breaks off first all that was held leaves, and then the failure. */
    private void pull() {
        StreamEvent event;
        try {
            event = events.next();
        } catch (ClaudeException broken) {
            failure = broken;
            giveOutAll();
            return;
        }
        take(event);
    }

    private void take(StreamEvent event) {
        if (event instanceof TextDelta delta) {
            if (events.whole().isPresent()) {
                ready.add(wholeText(delta));
            } else {
                text(delta);
            }
        } else if (event instanceof InputJsonDelta delta) {
            input(delta);
        } else if (event instanceof BlockStart start) {
            start(start);
        } else if (event instanceof BlockStop stop) {
            stop(stop);
        } else if (event instanceof ThinkingDelta delta) {
            thought(delta.index(), event);
        } else if (event instanceof SignatureDelta delta) {
            thought(delta.index(), event);
        } else if (event instanceof OtherDelta delta) {
            ready.add(other(delta));
        } else if (event instanceof MessageDelta delta) {
            giveOutAll();
            ready.add(end(delta));
        } else {
            ready.add(event);
        }
    }

    private void thought(int block, StreamEvent event) {
        if (!dropped.contains(block)) {
            ready.add(event);
        }
    }

    private StreamEvent other(OtherDelta delta) {
        ObjectNode tree = trees.redacted(delta.delta());
        int index = renumbered(delta.index());
        return tree == delta.delta() && index == delta.index() ? delta : new OtherDelta(index, tree, Optional.empty());
    }

    private StreamEvent end(MessageDelta delta) {
        ObjectNode tree = trees.redacted(delta.delta());
        return tree == delta.delta()
                ? delta
                : new MessageDelta(tree, delta.usageJson(), delta.usage(), Optional.empty());
    }

    private StreamEvent wholeText(TextDelta delta) {
        String safe = trees.redacted(delta.text());
        int index = renumbered(delta.index());
        return safe == delta.text() && index == delta.index() ? delta : textDelta(index, safe);
    }

    /** The first text of a reply is not held as a whole, for somebody waits to see it begin. */
    private void text(TextDelta delta) {
        int index = renumbered(delta.index());
        DeltaRedactor block = texts.get(delta.index());
        if (block == null) {
            block = new DeltaRedactor(policy.redactor(listener), text -> textDelta(index, text));
            texts.put(delta.index(), block);
        }
        StreamEvent event = index == delta.index() ? delta : textDelta(index, delta.text());
        block.append(event, delta.text(), !hasText, ready);
        hasText |= !ready.isEmpty();
    }

    private static TextDelta textDelta(int index, String text) {
        return new TextDelta(index, text, Optional.empty());
    }

    private void input(InputJsonDelta delta) {
        int index = renumbered(delta.index());
        DeltaRedactor block = inputs.get(delta.index());
        if (block == null) {
            block = new DeltaRedactor(new JsonRedactor(policy, listener), json -> inputDelta(index, json));
            inputs.put(delta.index(), block);
        }
        StreamEvent event = index == delta.index() ? delta : inputDelta(index, delta.partialJson());
        block.append(event, delta.partialJson(), false, ready);
    }

    private static InputJsonDelta inputDelta(int index, String json) {
        return new InputJsonDelta(index, json, Optional.empty());
    }

    private void start(BlockStart start) {
        if (dropThinking && start.type().contains("thinking")) {
            dropped.add(start.index());
            return;
        }
        int index = renumbered(start.index());
        String text = start.text();
        if (!text.isEmpty()) {
            ObjectNode empty = MessageJson.copy(start.block()).put("text", "");
            ready.add(new BlockStart(index, empty, Optional.empty()));
            text(textDelta(start.index(), text));
            return;
        }
        ObjectNode tree = trees.redacted(start.block());
        ready.add(
                tree == start.block() && index == start.index()
                        ? start
                        : new BlockStart(index, tree, Optional.empty()));
    }

    private void stop(BlockStop stop) {
        if (dropped.contains(stop.index())) {
            return;
        }
        giveOut(texts.remove(stop.index()));
        giveOut(inputs.remove(stop.index()));
        int index = renumbered(stop.index());
        ready.add(index == stop.index() ? stop : new BlockStop(index, Optional.empty()));
    }

    private void giveOut(DeltaRedactor block) {
        if (block != null) {
            block.flush(ready);
        }
    }

    /** What is held of blocks that have not ended. */
    private void giveOutAll() {
        texts.values().forEach(this::giveOut);
        inputs.values().forEach(this::giveOut);
        texts.clear();
        inputs.clear();
    }

    /** Blocks are counted without a gap; after a dropped one the rest move up. */
    private int renumbered(int index) {
        if (dropped.isEmpty()) {
            return index;
        }
        return index - (int) dropped.stream().filter(gone -> gone < index).count();
    }

    @Override
    public Optional<Frame> whole() {
        return replaced || !dropped.isEmpty() ? Optional.empty() : events.whole();
    }

    @Override
    public void close() {
        events.close();
        ready.clear();
    }
}
