package io.clauderoutes.agent.output;

import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A reply that is checked when it has ended, before its last event is handed on. A reply that is held back is handed on only after the
 * check.
 */
final class CheckedReply implements ReplyStream {

    private final ReplyStream reply;
    private final ReplyAssembler assembler;
    private final boolean held;
    private final Consumer<Reply> check;
    private final Deque<StreamEvent> waiting = new ArrayDeque<>();

    CheckedReply(ReplyStream reply, ReplyAssembler assembler, boolean held, Consumer<Reply> check) {
        this.reply = reply;
        this.assembler = assembler;
        this.held = held;
        this.check = check;
    }

    @Override
    public boolean hasNext() {
        return !waiting.isEmpty() || reply.hasNext();
    }

    @Override
    public StreamEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the reply has ended");
        }
        if (waiting.isEmpty()) {
            pull();
        }
        return waiting.remove();
    }

    private void pull() {
        do {
            StreamEvent event = reply.next();
            assembler.accept(event);
            waiting.add(event);
        } while (held && reply.hasNext());
        if (!reply.hasNext() && assembler.isComplete()) {
            check.accept(assembler.reply());
        }
    }

    @Override
    public Optional<Frame> whole() {
        return reply.whole();
    }

    @Override
    public void close() {
        reply.close();
    }
}
