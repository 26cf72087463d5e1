package io.clauderoutes.stream;

import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reply for any number of readers, while it comes and afterwards. Whoever joins late gets it from its start; one reader's
 * pace is nobody else's. Of an event that came as a frame only the frame is kept, for most replies are read by nobody else.
 */
public final class SharedReply {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final MessageJson json;
    /** A frame's bytes, or an event that never was one. */
    private final List<Object> events = new ArrayList<>();

    private StreamEvent latest;
    private ClaudeException failure;
    private volatile boolean joined;

    public SharedReply(MessageJson json) {
        this.json = json;
    }

    public void add(StreamEvent event) {
        lock.lock();
        try {
            events.add(event.frame().<Object>map(Frame::bytes).orElse(event));
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

    /** The JSON of each event so far. */
    public List<byte[]> frames() {
        lock.lock();
        try {
            return events.stream()
                    .map(kept -> kept instanceof byte[] frame ? frame : json.bytes((StreamEvent) kept))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Whether anybody reads along. */
    public boolean isJoined() {
        return joined;
    }

    /** The reply from its start. */
    public ReplyStream join() {
        joined = true;
        return new Reader();
    }

    private final class Reader implements ReplyStream {
        private int position;
        private boolean over;

        @Override
        public boolean hasNext() {
            return !over;
        }

        @Override
        public StreamEvent next() {
            if (over) {
                throw new NoSuchElementException("the reply has ended");
            }
            lock.lock();
            try {
                while (position == events.size()) {
                    if (failure != null) {
                        over = true;
                        throw failure;
                    }
                    grown.awaitUninterruptibly();
                }
                StreamEvent event = event(position++);
                over = event instanceof StreamEvent.MessageStop;
                return event;
            } finally {
                lock.unlock();
            }
        }

        private StreamEvent event(int number) {
            if (number + 1 == events.size()) {
                return latest;
            }
            return events.get(number) instanceof byte[] frame ? json.known(frame) : (StreamEvent) events.get(number);
        }

        @Override
        public void close() {
            over = true;
        }
    }
}
