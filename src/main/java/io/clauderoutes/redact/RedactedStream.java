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
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * A reply with personal data and secrets taken out as it comes. An event in which nothing is replaced and nothing held leaves
 * as the object it came as. Thinking is passed unchanged, for a changed block breaks its signature, or dropped whole.
 */
@SuppressWarnings("ReferenceEquality") // the very same object says that nothing had to be changed
final class RedactedStream implements ReplyStream {

    private final ReplyStream events;
    private final RedactionPolicy policy;
    private final boolean dropThinking;
    private final RedactionListener listener;
    private final TreeRedactor trees;
    private final Queue<StreamEvent> ready = new ArrayDeque<>(2);
    private final Map<Integer, TextRedactor> texts = new HashMap<>();
    private final Map<Integer, JsonRedactor> inputs = new HashMap<>();
    private final Set<Integer> dropped;
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
        StreamEvent event = ready.poll();
        while (event == null) {
            if (failure != null) {
                ClaudeException told = failure;
                failure = null;
                throw told;
            }
            if (!events.hasNext()) {
                throw new NoSuchElementException("the reply has ended");
            }
            event = redacted(pulled());
            if (event == null) {
                event = ready.poll();
            }
        }
        return event;
    }

    /** The next event; of a reply that breaks off first all that was held, and then the failure. */
    private StreamEvent pulled() {
        try {
            return events.next();
        } catch (ClaudeException broken) {
            failure = broken;
            List.copyOf(texts.keySet()).forEach(this::giveOut);
            List.copyOf(inputs.keySet()).forEach(this::giveOut);
            return null;
        }
    }

    private void giveOut(int block) {
        StreamEvent rest = rest(block, renumbered(block));
        if (rest != null) {
            ready.add(rest);
        }
    }

    /** What becomes of an event; null if it is dropped, held, or has become several that are ready. */
    private StreamEvent redacted(StreamEvent event) {
        if (event == null) {
            return null;
        }
        if (event instanceof TextDelta delta) {
            return text(delta);
        }
        if (event instanceof InputJsonDelta delta) {
            return input(delta);
        }
        if (event instanceof BlockStart start) {
            return start(start);
        }
        if (event instanceof BlockStop stop) {
            return stop(stop);
        }
        if (event instanceof ThinkingDelta delta) {
            return dropped.contains(delta.index()) ? null : event;
        }
        if (event instanceof SignatureDelta delta) {
            return dropped.contains(delta.index()) ? null : event;
        }
        if (event instanceof OtherDelta delta) {
            ObjectNode tree = trees.redacted(delta.delta());
            int index = renumbered(delta.index());
            return tree == delta.delta() && index == delta.index()
                    ? event
                    : new OtherDelta(index, tree, Optional.empty());
        }
        if (event instanceof MessageDelta delta) {
            ObjectNode tree = trees.redacted(delta.delta());
            return tree == delta.delta()
                    ? event
                    : new MessageDelta(tree, delta.usageJson(), delta.usage(), Optional.empty());
        }
        return event;
    }

    private StreamEvent text(TextDelta delta) {
        String safe = events.whole().isPresent()
                ? trees.redacted(delta.text())
                : textOf(delta.index()).append(delta.text());
        int index = renumbered(delta.index());
        if (safe == delta.text() && index == delta.index()) {
            return delta;
        }
        return safe.isEmpty() ? null : new TextDelta(index, safe, Optional.empty());
    }

    private TextRedactor textOf(int block) {
        TextRedactor text = texts.get(block);
        if (text == null) {
            text = policy.redactor(listener);
            texts.put(block, text);
        }
        return text;
    }

    private StreamEvent input(InputJsonDelta delta) {
        String safe = inputOf(delta.index()).append(delta.partialJson());
        int index = renumbered(delta.index());
        if (safe == delta.partialJson() && index == delta.index()) {
            return delta;
        }
        return safe.isEmpty() ? null : new InputJsonDelta(index, safe, Optional.empty());
    }

    private JsonRedactor inputOf(int block) {
        JsonRedactor input = inputs.get(block);
        if (input == null) {
            input = new JsonRedactor(policy, listener);
            inputs.put(block, input);
        }
        return input;
    }

    private StreamEvent start(BlockStart start) {
        if (dropThinking && start.type().contains("thinking")) {
            dropped.add(start.index());
            return null;
        }
        int index = renumbered(start.index());
        String text = start.block().path("text").asText("");
        if (start.type().equals("text") && !text.isEmpty()) {
            ObjectNode empty = MessageJson.copy(start.block()).put("text", "");
            ready.add(new BlockStart(index, empty, Optional.empty()));
            StreamEvent first = text(new TextDelta(start.index(), text, Optional.empty()));
            if (first != null) {
                ready.add(first);
            }
            return null;
        }
        ObjectNode tree = trees.redacted(start.block());
        return tree == start.block() && index == start.index() ? start : new BlockStart(index, tree, Optional.empty());
    }

    private StreamEvent stop(BlockStop stop) {
        if (dropped.contains(stop.index())) {
            return null;
        }
        int index = renumbered(stop.index());
        StreamEvent end = index == stop.index() ? stop : new BlockStop(index, Optional.empty());
        StreamEvent rest = rest(stop.index(), index);
        if (rest == null) {
            return end;
        }
        ready.add(rest);
        ready.add(end);
        return null;
    }

    private StreamEvent rest(int from, int index) {
        TextRedactor text = texts.remove(from);
        if (text != null) {
            StringBuilder held = new StringBuilder();
            text.flush(held);
            return held.length() == 0 ? null : new TextDelta(index, held.toString(), Optional.empty());
        }
        JsonRedactor input = inputs.remove(from);
        String held = input == null ? "" : input.flush();
        return held.isEmpty() ? null : new InputJsonDelta(index, held, Optional.empty());
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
