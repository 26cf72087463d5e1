package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Reply;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.CallerStream;
import io.clauderoutes.stream.Flight;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One HTTP caller. A stream's events are written straight to the response, each as soon as it is there, with back-pressure;
 * while the endpoint is silent the caller gets pings of our own. Until something was written the status can still be an
 * error's.
 */
final class HttpCaller implements CallerStream {

    private static final byte[] EVENT = "event: ".getBytes(US_ASCII);
    private static final byte[] DATA = "\ndata: ".getBytes(US_ASCII);
    private static final byte[] END = "\n\n".getBytes(US_ASCII);
    private static final Buffer PING = Buffer.buffer("event: ping\ndata: {\"type\": \"ping\"}\n\n");

    private final HttpServerResponse response;
    private final MessageJson json;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition writable = lock.newCondition();
    private ScheduledFuture<?> pings;
    private volatile Flight flight;
    private volatile boolean streamed;
    private volatile boolean gone;
    private boolean quiet;
    private boolean over;

    /**
     * Takes over a response.
     *
     * @param patience how long one event may wait for a reader that is behind
     */
    HttpCaller(HttpServerResponse response, MessageJson json, Duration patience) {
        this.response = response;
        this.json = json;
        this.patience = patience;
        response.closeHandler(closed -> left());
        response.exceptionHandler(broken -> left());
        response.drainHandler(drained -> signal());
    }

    /** The caller wants events: from now on it gets a ping whenever nothing was written for a whole interval. */
    void stream(Duration interval, ScheduledExecutorService scheduler) {
        streamed = true;
        pings = scheduler.scheduleAtFixedRate(this::ping, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    void flight(Flight its) {
        flight = its;
    }

    private void left() {
        gone = true;
        signal();
    }

    private void signal() {
        lock.lock();
        try {
            writable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void ping() {
        if (lock.tryLock()) {
            try {
                if (quiet && !over && !gone && !response.writeQueueFull()) {
                    begin();
                    response.write(PING);
                }
                quiet = true;
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public void event(StreamEvent event) {
        if (streamed && !gone) {
            write(frame(event));
        }
    }

    private Buffer frame(StreamEvent event) {
        byte[] data = json.bytes(event);
        byte[] name = MessageJson.nameOf(event).getBytes(US_ASCII);
        return Buffer.buffer(EVENT.length + name.length + DATA.length + data.length + END.length)
                .appendBytes(EVENT)
                .appendBytes(name)
                .appendBytes(DATA)
                .appendBytes(data)
                .appendBytes(END);
    }

    private void write(Buffer frame) {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (response.writeQueueFull() && !gone && left > 0) {
                left = writable.awaitNanos(left);
            }
            if (left <= 0) {
                gone = true;
                response.reset();
            }
            if (!gone && !over) {
                begin();
                quiet = false;
                response.write(frame);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            gone = true;
        } finally {
            lock.unlock();
        }
    }

    private void begin() {
        if (!response.headWritten()) {
            response.setStatusCode(200);
            tellFrom(flight == null ? Map.of() : flight.responseHeaders());
            response.putHeader("content-type", "text/event-stream; charset=utf-8");
            response.putHeader("cache-control", "no-cache");
            response.setChunked(true);
        }
    }

    private void tellFrom(Map<String, String> headers) {
        headers.forEach((name, value) -> {
            if (!name.startsWith("content-")) {
                response.putHeader(name, value);
            }
        });
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    /** The reply has come whole: its JSON is the response, or the end of the stream is. */
    void answer(Reply reply) {
        finish(() -> {
            if (streamed) {
                response.end();
            } else {
                tellFrom(flight.responseHeaders());
                response.putHeader("content-type", "application/json");
                response.end(Buffer.buffer(json.bytes(reply.message())));
            }
        });
    }

    /** There is no reply, or only a part of one: the response is the API's error, or the stream ends with it. */
    void fail(ClaudeException failure) {
        byte[] body = json.bytes(failure.error());
        finish(() -> {
            if (response.headWritten()) {
                response.end(
                        Buffer.buffer("event: error\ndata: ").appendBytes(body).appendBytes(END));
            } else {
                response.setStatusCode(failure.status() > 0 ? failure.status() : 500);
                tellFrom(failure.error().headers());
                failure.retryAfter()
                        .ifPresent(wait -> response.putHeader(
                                "retry-after", Long.toString(Math.max(1, (wait.toMillis() + 999) / 1000))));
                response.putHeader(
                        "content-type", failure.error().headers().getOrDefault("content-type", "application/json"));
                response.end(Buffer.buffer(body));
            }
        });
    }

    private void finish(Runnable end) {
        lock.lock();
        try {
            if (pings != null) {
                pings.cancel(false);
            }
            if (!over) {
                over = true;
                if (gone) {
                    // Nobody reads it; but only a response that has ended is left alone by the server.
                    response.end();
                } else {
                    end.run();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
