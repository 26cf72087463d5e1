package io.clauderoutes.split;

import io.clauderoutes.Frame;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A reply under the strategy {@code auto} that somebody reads along. A short one is held until it is whole; when that takes longer than
 * expected, its text is sent on. Text is sent at an even pace if that is wanted. Only text deltas are cut anew: no other event changes,
 * and none overtakes text that came before it.
 */
final class AutoStream implements ReplyStream {

    private final ReplyStream events;
    private final ReadAhead ahead;
    private final Optional<Pacer> pacer;
    private final LongSupplier ticker;
    private final Queue<StreamEvent> out = new ArrayDeque<>();
    private final List<StreamEvent> held = new ArrayList<>();
    private Optional<Hold> hold;
    private Optional<StreamEvent.TextDelta> whole = Optional.empty();
    private Optional<RuntimeException> failure = Optional.empty();
    private int index;
    private boolean over;

    /**
     * How long a reply is held.
     *
     * @param untilNanos by the ticker
     * @param late runs when the reply is not whole by then
     */
    record Hold(long untilNanos, Runnable late) {}

    /**
     * Begins to read.
     *
     * @param hold empty if text is sent on from the start
     * @param paced whether text is sent at an even pace
     */
    AutoStream(ReplyStream events, Optional<Hold> hold, boolean paced, Executor threads, LongSupplier ticker) {
        this.events = events;
        this.hold = hold;
        this.pacer = paced ? Optional.of(new Pacer()) : Optional.empty();
        this.ticker = ticker;
        this.ahead = new ReadAhead(events, threads);
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
        while (out.isEmpty()) {
            if (failure.isPresent()) {
                over = true;
                throw failure.get();
            }
            if (hold.isPresent()) {
                holdBack(hold.get());
            } else if (pacer.isPresent()) {
                pace(pacer.get());
            } else {
                ahead.poll(CancellableWait.LOOK_NANOS).ifPresent(out::add);
            }
        }
        StreamEvent event = out.remove();
        over = event.isEnd();
        return event;
    }

    private void holdBack(Hold until) {
        long left = until.untilNanos() - ticker.getAsLong();
        if (left <= 0) {
            hold = Optional.empty();
            until.late().run();
            long now = ticker.getAsLong();
            held.forEach(event -> accept(event, now));
            held.clear();
            return;
        }
        // A failure loses what is held: no receiver has seen any of it, so that the call can be made again.
        ahead.poll(left).ifPresent(event -> {
            held.add(event);
            if (event.isEnd()) {
                hold = Optional.empty();
                out.addAll(held);
                held.clear();
            }
        });
    }

    private void accept(StreamEvent event, long now) {
        if (pacer.isEmpty() || event instanceof StreamEvent.Ping) {
            out.add(event);
        } else if (event instanceof StreamEvent.TextDelta delta) {
            if (pacer.get().backlog() > 0 && delta.index() != index) {
                flush(pacer.get(), now);
            }
            index = delta.index();
            whole = pacer.get().backlog() == 0 ? Optional.of(delta) : Optional.empty();
            pacer.get().add(delta.text(), now);
        } else {
            flush(pacer.get(), now);
            out.add(event);
        }
    }

    private void flush(Pacer its, long now) {
        its.flush(now).ifPresent(this::send);
    }

    /** An event of the endpoint that is sent as it came keeps its frame. */
    private void send(String text) {
        out.add(whole.filter(delta -> delta.text().equals(text))
                .<StreamEvent>map(delta -> delta)
                .orElseGet(() -> new StreamEvent.TextDelta(index, text, Optional.empty())));
        whole = Optional.empty();
    }

    private void pace(Pacer its) {
        try {
            long now = ticker.getAsLong();
            its.release(now).ifPresent(this::send);
            if (out.isEmpty()) {
                long wait = Math.min(CancellableWait.LOOK_NANOS, its.nanosToNext(now));
                ahead.poll(wait).ifPresent(event -> accept(event, ticker.getAsLong()));
            }
        } catch (RuntimeException end) {
            flush(its, ticker.getAsLong());
            failure = Optional.of(end);
        }
    }

    @Override
    public Optional<Frame> whole() {
        return events.whole();
    }

    @Override
    public void close() {
        over = true;
        ahead.close();
    }
}
