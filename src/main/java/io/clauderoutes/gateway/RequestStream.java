package io.clauderoutes.gateway;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The body of a request for a thread that may wait. The client is stopped while the reader is behind, so that little of the body is
 * in memory. How long a client may be silent is for the server to decide: it closes the connection.
 */
final class RequestStream extends InputStream {

    private static final int MOST_WAITING = 256 * 1024;

    private final HttpServerRequest request;
    private final Context serverThread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Buffer> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private int position;
    private boolean paused;
    private boolean ended;
    private boolean broken;

    /**
     * Reads a body from now on.
     *
     * @param serverThread the request's own, on which this is made
     */
    RequestStream(HttpServerRequest request, Context serverThread) {
        this.request = request;
        this.serverThread = serverThread;
        request.exceptionHandler(failure -> end(true));
        request.endHandler(end -> end(false));
        request.handler(this::came);
    }

    private void came(Buffer bytes) {
        boolean full;
        lock.lock();
        try {
            waiting.add(bytes);
            waitingBytes += bytes.length();
            full = waitingBytes >= MOST_WAITING && !paused;
            paused |= full;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        if (full) {
            request.pause();
        }
    }

    private void end(boolean tooEarly) {
        lock.lock();
        try {
            broken |= tooEarly && !ended;
            ended = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int taken;
        boolean goesOn;
        lock.lock();
        try {
            while (waiting.isEmpty() && !ended) {
                arrived.await();
            }
            if (broken) {
                throw new IOException("the client has gone before its request was whole");
            }
            if (waiting.isEmpty()) {
                return -1;
            }
            taken = take(bytes, from, length);
            goesOn = paused && waitingBytes < MOST_WAITING / 2;
            paused &= !goesOn;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the bundle is stopping");
        } finally {
            lock.unlock();
        }
        if (goesOn) {
            serverThread.runOnContext(now -> request.resume());
        }
        return taken;
    }

    private int take(byte[] bytes, int from, int length) {
        Buffer first = waiting.peek();
        int taken = Math.min(length, first.length() - position);
        first.getBytes(position, position + taken, bytes, from);
        position += taken;
        waitingBytes -= taken;
        if (position == first.length()) {
            waiting.remove();
            position = 0;
        }
        return taken;
    }
}
