package io.clauderoutes.component;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.ClientStream;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The text of a reply in chunks, while it arrives: what the body is after {@code claude:messages?streaming=true}.
 *
 * <p>{@link #hasNext()} never waits, so that a split handles each chunk as soon as it is there; {@link #next()} waits. Whether a chunk
 * is the last one is known only after it, so the reply ends with an empty chunk. A reply that breaks off ends with an exception of
 * {@code next}. The reader sets the pace: the call waits while {@value #MOST_WAITING} chunks are unread. {@link #close()} before the
 * end ends the call.
 */
public final class ReplyChunks implements Iterator<String>, Closeable {

    private static final int MOST_WAITING = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<String> waiting = new ArrayDeque<>();
    private final Runnable atEnd;
    private final BooleanSupplier failed;
    private boolean begun;
    private boolean ended;
    private boolean closed;
    private boolean over;
    private Exception failure;
    private Reply reply;

    /**
     * A reply that has not begun.
     *
     * @param atEnd runs on the reader's thread before it gets the last chunk
     * @param failed whether the exchange of the reader has failed: then the reply is not read on
     */
    ReplyChunks(Runnable atEnd, BooleanSupplier failed) {
        this.atEnd = atEnd;
        this.failed = failed;
    }

    /** Where the stages put the events of the reply. */
    ClientStream receiver() {
        return new ClientStream() {
            @Override
            public void event(StreamEvent event) {
                add(event.addedText());
            }

            @Override
            public boolean isGone() {
                return isClosed();
            }
        };
    }

    private void add(String text) {
        lock.lock();
        try {
            begun = true;
            while (!closed && waiting.size() >= MOST_WAITING) {
                changed.await();
            }
            if (!closed && !text.isEmpty()) {
                waiting.add(text);
            }
            changed.signalAll();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** The stages have ended. */
    void end(Optional<Reply> whole, Exception cause) {
        lock.lock();
        try {
            begun = true;
            if (!closed) {
                ended = true;
                reply = whole.orElse(null);
                failure = cause;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the reply begins, or has failed before it has begun; gives that failure. */
    Optional<Exception> begin() {
        lock.lock();
        try {
            while (!begun) {
                changed.await();
            }
            return waiting.isEmpty() ? Optional.ofNullable(failure) : Optional.empty();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            closed = true;
            return Optional.of(new ClaudeException.Unavailable(
                    ApiError.ours(503, "api_error", "the route is stopping"), stopping));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean hasNext() {
        if (failed.getAsBoolean()) {
            // A split that stops on an exception reads on to release its exchanges.
            close();
        }
        lock.lock();
        try {
            return !over;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String next() {
        lock.lock();
        try {
            if (over) {
                throw new NoSuchElementException("the reply has ended");
            }
            while (waiting.isEmpty() && !ended && !closed) {
                changed.await();
            }
            if (!waiting.isEmpty()) {
                String chunk = waiting.remove();
                changed.signalAll();
                return chunk;
            }
            over = true;
            if (!ended) {
                throw new IllegalStateException(
                        "the stream of the reply is closed: it can be read only in the route and the"
                                + " exchange of its claude:messages step");
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            closed = true;
            over = true;
            throw new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "the route is stopping"), stopping);
        } finally {
            lock.unlock();
        }
        return last();
    }

    private String last() {
        if (failure instanceof RuntimeException ours) {
            throw ours;
        }
        if (failure != null) {
            throw new ClaudeException.Unavailable(
                    ApiError.ours(
                            500,
                            "api_error",
                            "the request failed: " + failure.getClass().getSimpleName()),
                    failure);
        }
        atEnd.run();
        return "";
    }

    /** The whole reply; empty before its end. */
    public Optional<Reply> reply() {
        lock.lock();
        try {
            return Optional.ofNullable(reply);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the call, if the reply has not ended. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            over = true;
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The exchange has ended: nobody can read on. A reader that tries gets an exception in place of an end that looks well. */
    void expire() {
        lock.lock();
        try {
            if (!over && !ended) {
                closed = true;
                waiting.clear();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
