package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The body of a response that is written by a thread that may wait: it waits while the client is behind, so that little of the body
 * is in memory. Not for use by two threads.
 */
final class ResponseStream extends OutputStream {

    private static final int CHUNK = 16 * 1024;
    private static final int MOST_WAITING = 256 * 1024;

    private final Context serverThread;
    private final HttpServerResponse response;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition written = lock.newCondition();
    private Buffer chunk = Buffer.buffer(CHUNK);
    private int waiting;
    private boolean gone;

    /**
     * Writes to a response whose head is set.
     *
     * @param serverThread the response's own
     * @param patience how long a chunk may wait for a client that is behind
     */
    ResponseStream(Context serverThread, HttpServerResponse response, Duration patience) {
        this.serverThread = serverThread;
        this.response = response;
        this.patience = patience;
        response.closeHandler(closed -> left());
        response.exceptionHandler(broken -> left());
    }

    private void left() {
        lock.lock();
        try {
            gone = true;
            written.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        chunk.appendBytes(bytes, from, length);
        if (chunk.length() >= CHUNK) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        if (chunk.length() == 0) {
            return;
        }
        Buffer leaving = chunk;
        chunk = Buffer.buffer(CHUNK);
        await(MOST_WAITING);
        lock.lock();
        try {
            waiting += leaving.length();
        } finally {
            lock.unlock();
        }
        serverThread.runOnContext(now -> response.write(leaving).onComplete(done -> taken(leaving.length())));
    }

    private void taken(int length) {
        lock.lock();
        try {
            waiting -= length;
            written.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until fewer bytes wait for the client. */
    private void await(int most) {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (waiting >= most && !gone && left > 0) {
                left = written.awaitNanos(left);
            }
            if (gone || left <= 0) {
                throw new ClaudeException.Rejected(ApiError.callerLeft("the client does not read the response"));
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new ClaudeException.Rejected(ApiError.callerLeft("the bundle is stopping"));
        } finally {
            lock.unlock();
        }
    }

    /** The body is whole. The response has ended when this returns. */
    @Override
    public void close() throws IOException {
        flush();
        await(1);
        response.end();
    }

    /** The body is not whole: the client sees that the connection breaks. */
    void abort() {
        response.reset();
    }
}
