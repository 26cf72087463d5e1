package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.ClientStream;
import io.clauderoutes.request.Request;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The response to one client. The thread that pulls the reply adds events to a buffer, and the server's own thread writes the whole
 * buffer at once: a fast reply needs few writes, and a slow reply is not delayed. While the endpoint is silent the client gets pings.
 * Until something is written, the status can still be that of an error.
 *
 * <p>Vert.x calls back while it holds the lock of a connection, which all requests over HTTP/2 share. So Vert.x is never called under
 * the lock of this class, which only guards the buffer.
 */
final class ClientResponse implements ClientStream, ReplyWriter {

    private static final String TOOL = "tool";
    private static final int FIRST_BUFFER = 512;
    private static final int MOST_WAITING = 64 * 1024;
    private static final long LOOK_ABOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Context serverThread;
    private final HttpServerResponse response;
    private final MessageJson json;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition taken = lock.newCondition();
    private ScheduledFuture<?> pings;
    private volatile Request request;
    private volatile boolean streamed;
    private volatile boolean compressed;
    private volatile boolean gone;
    private Buffer waiting = Buffer.buffer(FIRST_BUFFER);
    private boolean called;
    private boolean begun;
    private boolean writing;
    private boolean quiet = true;
    private boolean over;

    /**
     * Takes over a response.
     *
     * @param serverThread the response's own
     * @param patience how long one event may wait for a reader that is behind
     */
    ClientResponse(Context serverThread, HttpServerResponse response, MessageJson json, Duration patience) {
        this.serverThread = serverThread;
        this.response = response;
        this.json = json;
        this.patience = patience;
        response.closeHandler(closed -> left());
        response.exceptionHandler(broken -> left());
        response.drainHandler(drained -> write());
    }

    /** The caller wants events: from now on it gets a ping whenever nothing was written for a whole interval. */
    void pinging(Duration interval, ScheduledExecutorService scheduler) {
        streamed = true;
        pings = scheduler.scheduleAtFixedRate(this::ping, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The client takes whole responses that are compressed. */
    void compress() {
        compressed = true;
    }

    @Override
    public ClientStream stream() {
        return this;
    }

    @Override
    public void to(Request its) {
        request = its;
    }

    private void left() {
        lock.lock();
        try {
            gone = true;
            taken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void ping() {
        if (lock.tryLock()) {
            try {
                if (quiet && !over && !gone && waiting.length() == 0 && isAtWork()) {
                    EventBytes.ping(waiting);
                    callServer();
                }
                quiet = true;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Who waits for a turn gets no ping: with it the status would be a good one, and a refusal not worth trying again. */
    private boolean isAtWork() {
        return request != null && request.progress().isAdmitted();
    }

    @Override
    public void event(StreamEvent event) {
        if (!streamed || gone) {
            return;
        }
        send(MessageJson.nameOf(event), json.bytes(event));
    }

    /** An event with a name of its own: client libraries of the API skip events whose names they do not know. */
    @Override
    public void tool(byte[] event) {
        if (streamed && !gone) {
            send(TOOL, event);
        }
    }

    private void send(String name, byte[] data) {
        boolean tooSlow;
        lock.lock();
        try {
            tooSlow = waiting.length() > MOST_WAITING && !hasReaderCaughtUp();
            if (!gone && !over) {
                quiet = false;
                EventBytes.event(waiting, name, data);
                callServer();
            }
        } finally {
            lock.unlock();
        }
        if (tooSlow) {
            response.reset();
        }
    }

    /** Waits a short time for a slow reader. Other readers of the same reply do not wait for it. */
    private boolean hasReaderCaughtUp() {
        long left = patience.toNanos();
        try {
            while (waiting.length() > MOST_WAITING && !gone && left > 0 && !othersReadAlong()) {
                long pause = Math.min(left, LOOK_ABOUT_NANOS);
                left -= pause - taken.awaitNanos(pause);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            gone = true;
        }
        boolean tooSlow = left <= 0 && !gone;
        gone |= tooSlow;
        return !tooSlow;
    }

    private boolean othersReadAlong() {
        return request != null && request.progress().cache().isJoined();
    }

    private void callServer() {
        if (!called) {
            called = true;
            serverThread.runOnContext(now -> write());
        }
    }

    /** On the server's thread: writes what waits, unless the reader is behind. */
    private void write() {
        if (!beginWriting()) {
            return;
        }
        try {
            for (Buffer events = next(); events != null; events = next()) {
                begin();
                response.write(events);
            }
        } finally {
            doneWriting();
        }
    }

    /** Writing may call the drain handler before it returns, and with it this once more. */
    private boolean beginWriting() {
        lock.lock();
        try {
            called = false;
            if (writing || over || gone || waiting.length() == 0) {
                return false;
            }
            writing = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void doneWriting() {
        lock.lock();
        try {
            writing = false;
            taken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is to be written now, or nothing. */
    private Buffer next() {
        boolean behind = response.writeQueueFull();
        lock.lock();
        try {
            if (behind || over || gone || waiting.length() == 0) {
                return null;
            }
            Buffer events = waiting;
            waiting = Buffer.buffer(FIRST_BUFFER);
            taken.signalAll();
            return events;
        } finally {
            lock.unlock();
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            if (request != null) {
                MessagesResponse.headers(request, response::putHeader);
            }
            MessagesResponse.beginStream(response);
        }
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    /** The reply has come whole: its JSON is the response, or the end of the stream is. */
    @Override
    public void answer(Reply reply) {
        if (streamed) {
            finish(this::endStream);
        } else {
            PlainResponse whole = MessagesResponse.of(reply, request, json);
            PlainResponse sent = compressed ? MessagesResponse.compressed(whole).orElse(whole) : whole;
            finish(() -> MessagesResponse.end(response, sent));
        }
    }

    /** There is no reply, or only a part of one: the response is the API's error, or the stream ends with it. */
    @Override
    public void fail(ClaudeException failure) {
        String id = request == null
                ? RequestIds.of(response)
                : RequestIds.of(request.prompt().id());
        PlainResponse error = MessagesResponse.of(failure, id, ServerSpans.traceId(response), json);
        finish(() -> {
            if (begun || waiting.length() > 0) {
                EventBytes.error(waiting, error.body().bytes());
                endStream();
            } else {
                MessagesResponse.end(response, error);
            }
        });
    }

    private void endStream() {
        begin();
        response.end(waiting);
    }

    /** The response has ended when this returns: the server would end an unfinished response without content. */
    private void finish(Runnable end) {
        if (!isLast()) {
            return;
        }
        if (gone) {
            // The client does not read it, but the server ignores only a response that has ended.
            response.end();
        } else {
            end.run();
        }
    }

    /** Whether the response has not ended yet. If so, no other thread writes it from now on. */
    private boolean isLast() {
        lock.lock();
        try {
            if (pings != null) {
                pings.cancel(false);
            }
            boolean last = !over;
            over = true;
            while (writing) {
                taken.awaitUninterruptibly();
            }
            return last;
        } finally {
            lock.unlock();
        }
    }
}
