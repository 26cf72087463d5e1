package io.clauderoutes.gateway;

import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.resume.RetainedEvent;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Part;
import io.clauderoutes.resume.RetainedReply.Reading;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends a retained reply to one client. It reads as much as the connection takes, and goes on when the connection is free again, all
 * on the server's own thread. A client that takes nothing for {@code claude.gateway.write-timeout} is disconnected; it can continue
 * to read later.
 */
final class RetainedReader {

    private static final int MOST_BYTES = 32 * 1024;
    private static final int FIRST_ERROR_STATUS = 400;

    private final Context serverThread;
    private final HttpServerResponse response;
    private final RetainedReply reply;
    private final ReadingTimes times;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    // What follows is used by the server's thread alone.
    private Reading reading;
    private boolean begun;
    private long quietMillis;
    private long stalledMillis;
    private long timer = -1;

    /**
     * How long a reader waits.
     *
     * @param ping after so long without an event the client gets a ping, if the request is at work
     * @param write after so long without room for an event the client is disconnected
     */
    record ReadingTimes(Duration ping, Duration write) {}

    /** @param serverThread the response's own */
    RetainedReader(Context serverThread, HttpServerResponse response, RetainedReply reply, ReadingTimes times) {
        this.serverThread = serverThread;
        this.response = response;
        this.reply = reply;
        this.times = times;
    }

    /**
     * Begins to send.
     *
     * @param after number of the last event that the client has; 0 for none
     * @return false if the events after it are not retained
     */
    boolean start(long after) {
        response.closeHandler(closed -> close());
        response.exceptionHandler(broken -> close());
        response.drainHandler(drained -> write());
        reading = reply.read(after, this::wake).orElse(null);
        if (reading == null) {
            return false;
        }
        wake();
        serverThread.runOnContext(now -> startTimers());
        return true;
    }

    /** Completes when the response has ended or its client has gone. */
    CompletableFuture<Void> over() {
        return over;
    }

    private void wake() {
        if (scheduled.compareAndSet(false, true)) {
            serverThread.runOnContext(now -> {
                scheduled.set(false);
                write();
            });
        }
    }

    private void startTimers() {
        if (!over.isDone()) {
            long pause = Math.min(times.ping().toMillis(), times.write().toMillis());
            timer = serverThread.owner().setPeriodic(pause, due -> check(pause));
        }
    }

    private void check(long passedMillis) {
        if (response.writeQueueFull()) {
            stalledMillis += passedMillis;
            if (stalledMillis > times.write().toMillis()) {
                disconnect();
            }
            return;
        }
        quietMillis += passedMillis;
        if (quietMillis >= times.ping().toMillis() && reply.origin().isAtWork()) {
            Buffer ping = Buffer.buffer();
            EventBytes.ping(ping);
            send(ping);
        }
    }

    private void write() {
        if (response.ended() && !over.isDone()) {
            // By the server, after an error of the process.
            close();
            return;
        }
        while (!over.isDone() && !response.writeQueueFull()) {
            stalledMillis = 0;
            Part part = reading.next(MOST_BYTES);
            if (part.isCut()) {
                disconnect();
                return;
            }
            if (!part.events().isEmpty()) {
                send(bytes(part));
            }
            if (part.ending().isPresent()) {
                end(part.ending().get());
                return;
            }
            if (part.events().isEmpty()) {
                return;
            }
        }
    }

    private static Buffer bytes(Part part) {
        Buffer bytes = Buffer.buffer();
        long number = part.first();
        for (RetainedEvent event : part.events()) {
            EventBytes.numbered(bytes, number, event.name(), event.data().bytes());
            number++;
        }
        return bytes;
    }

    private void send(Buffer bytes) {
        if (!begun) {
            begun = true;
            reply.origin().headers().forEach(response::putHeader);
            MessagesResponse.beginStream(response);
        }
        quietMillis = 0;
        response.write(bytes);
    }

    private void end(PlainResponse ending) {
        boolean isError = ending.status() >= FIRST_ERROR_STATUS;
        if (!begun && (isError || ending.body().length() > 0)) {
            MessagesResponse.end(response, ending);
        } else {
            Buffer last = Buffer.buffer();
            if (isError) {
                EventBytes.error(last, ending.body().bytes());
            }
            send(last);
            response.end();
        }
        close();
    }

    /** The connection is of no use for anything else: the client has to see that the reply is not complete. */
    private void disconnect() {
        response.reset();
        close();
    }

    private void close() {
        if (timer >= 0) {
            serverThread.owner().cancelTimer(timer);
            timer = -1;
        }
        reading.close();
        try {
            if (!response.ended()) {
                // The server would add a response of its own to an unfinished response.
                response.end();
            }
        } finally {
            over.complete(null);
        }
    }
}
