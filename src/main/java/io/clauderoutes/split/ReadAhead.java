package io.clauderoutes.split;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a reply on a thread of its own, so that another thread can wait for an event and for a time. Few events wait at a time: a slow
 * receiver stops the reading. When {@link #close} returns, nobody reads any more.
 */
final class ReadAhead implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);
    private static final int MOST_WAITING = 64;
    private static final long PATIENCE_SECONDS = 10;

    private final ReplyStream events;
    private final BlockingQueue<Read> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closed;

    /** An event, or the failure that ended the reply. */
    private record Read(Optional<StreamEvent> event, Optional<RuntimeException> failure) {}

    /** @param threads runs the reading, on a thread that may wait */
    ReadAhead(ReplyStream events, Executor threads) {
        this.events = events;
        threads.execute(this::read);
    }

    private void read() {
        try {
            while (!closed && events.hasNext()) {
                waiting.put(new Read(Optional.of(events.next()), Optional.empty()));
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException failure) {
            put(failure);
        } finally {
            ended.countDown();
        }
    }

    private void put(RuntimeException failure) {
        try {
            waiting.put(new Read(Optional.empty(), Optional.of(failure)));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The next event; empty if none arrives in this time.
     *
     * @throws RuntimeException the failure that ended the reply
     */
    Optional<StreamEvent> poll(long nanos) {
        try {
            Read read = nanos <= 0 ? waiting.poll() : waiting.poll(nanos, TimeUnit.NANOSECONDS);
            if (read == null) {
                return Optional.empty();
            }
            if (read.failure().isPresent()) {
                throw read.failure().get();
            }
            return read.event();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the wait for a reply was interrupted", stopping);
        }
    }

    @Override
    public void close() {
        closed = true;
        events.close();
        waiting.clear();
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The reading of a reply has not ended {} s after its connection was closed", PATIENCE_SECONDS);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
