package io.clauderoutes.stream;

import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reply for any number of readers, while it comes and afterwards. Whoever joins late gets it from its start; one reader's
 * pace is nobody else's. Of a reply that comes in frames only those are kept, for most are read by nobody else.
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
    private volatile boolean joined;

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
        return joined;
    }

    /** The reply from its start. */
    public ReplyStream join() {
        joined = true;
        return new Reader();
    }

    private final class Reader implements ReplyStream {
        private final FrameLog.Reader framed = frames.reader();
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
            StreamEvent event = following();
            over = event instanceof StreamEvent.MessageStop;
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
            // Not under the lock: whoever adds to the reply waits for nobody's reading.
            return json.known(frame);
        }

        private void awaitMore() {
            while (position == count) {
                if (failure != null) {
                    over = true;
                    throw failure;
                }
                grown.awaitUninterruptibly();
            }
        }

        @Override
        public void close() {
            over = true;
        }
    }
}
