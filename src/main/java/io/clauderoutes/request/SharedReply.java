package io.clauderoutes.request;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.FrameLog;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * One reply for any number of readers, while it comes and afterwards. Whoever joins late gets it from its start; one reader's
 * pace is nobody else's. Of a reply in frames only the frames are stored, because most replies have one reader.
 */
public final class SharedReply {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final MessageJson json;
    /** Of a reply that comes in frames. */
    private final FrameLog frames = new FrameLog();
    /** Of any other. */
    private final List<StreamEvent> events = new ArrayList<>(0);

    private int count;
    private StreamEvent latest;
    private ClaudeException failure;
    private final AtomicInteger readers = new AtomicInteger();

    public SharedReply(MessageJson json) {
        this.json = json;
    }

    public void add(StreamEvent event) {
        lock.lock();
        try {
            if (events.isEmpty() && (count > 0 || event.frame().isPresent())) {
                frames.add(json.bytes(event));
            } else {
                events.add(event);
            }
            count++;
            latest = event;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The reply broke off; every reader gets the same failure after the events that came before it. */
    public void fail(ClaudeException cause) {
        lock.lock();
        try {
            failure = cause;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The frames of the reply, which is whole. */
    public FrameLog frames() {
        lock.lock();
        try {
            FrameLog whole = frames;
            if (!events.isEmpty()) {
                whole = new FrameLog();
                for (StreamEvent event : events) {
                    whole.add(json.bytes(event));
                }
            }
            whole.trim();
            return whole;
        } finally {
            lock.unlock();
        }
    }

    /** Whether anybody reads along. */
    public boolean isJoined() {
        return readers.get() > 0;
    }

    /** The reply from its start; to be closed by its reader. */
    public ReplyStream join() {
        return join(() -> false);
    }

    /**
     * The reply from its start; to be closed by its reader.
     *
     * @param cancelled whether the reply is no longer needed; its reader then gets a failure instead of the next event
     */
    public ReplyStream join(BooleanSupplier cancelled) {
        readers.incrementAndGet();
        return new Reader(cancelled);
    }

    private final class Reader implements ReplyStream {
        private final FrameLog.Reader framed = frames.reader();
        private int position;
        private final BooleanSupplier cancelled;
        private boolean over;
        private boolean closed;

        Reader(BooleanSupplier cancelled) {
            this.cancelled = cancelled;
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
            StreamEvent event = following();
            over = event.isEnd();
            return event;
        }

        private StreamEvent following() {
            byte[] frame;
            lock.lock();
            try {
                awaitMore();
                position++;
                if (!events.isEmpty()) {
                    return events.get(position - 1);
                }
                frame = framed.next();
                if (position == count) {
                    return latest;
                }
            } finally {
                lock.unlock();
            }
            // Not under the lock: the writer of the reply never waits for a reader.
            return json.known(frame);
        }

        private void awaitMore() {
            try {
                while (position == count) {
                    if (failure != null) {
                        over = true;
                        throw failure;
                    }
                    if (cancelled.getAsBoolean()) {
                        over = true;
                        throw new ClaudeException.Rejected(
                                ApiError.callerLeft("the client left while it read along with another request"));
                    }
                    grown.awaitNanos(CancellableWait.LOOK_NANOS);
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                over = true;
                throw new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "the bundle is stopping"));
            }
        }

        @Override
        public void close() {
            over = true;
            if (!closed) {
                closed = true;
                readers.decrementAndGet();
            }
        }
    }
}
