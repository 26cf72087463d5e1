package io.clauderoutes.stream;

import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reply for any number of readers, while it comes and afterwards. Whoever joins late gets it from its start; one reader's
 * pace is nobody else's.
 */
public final class SharedReply {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final List<StreamEvent> events = new ArrayList<>();
    private ClaudeException failure;
    private volatile boolean joined;

    public void add(StreamEvent event) {
        lock.lock();
        try {
            events.add(event);
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

    /** The events so far. */
    public List<StreamEvent> events() {
        lock.lock();
        try {
            return List.copyOf(events);
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
                StreamEvent event = events.get(position++);
                over = event instanceof StreamEvent.MessageStop;
                return event;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            over = true;
        }
    }
}
