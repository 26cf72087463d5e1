package io.clauderoutes.console;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** One response with server-sent events. All is written on the server's own thread; any thread may send. */
final class ServerSentEvents {

    private static final byte[] PING = ": \n\n".getBytes(US_ASCII);

    private final Context serverThread = Vertx.currentContext();
    private final HttpServerResponse response;
    private volatile boolean closed;

    /**
     * Begins the response. It is called on the server's thread.
     *
     * @param onClose is run when the browser has gone
     */
    ServerSentEvents(RoutingContext context, Runnable onClose) {
        this.response = context.response();
        response.closeHandler(gone -> {
            closed = true;
            onClose.run();
        });
        response.exceptionHandler(broken -> closed = true);
        response.putHeader("content-type", "text/event-stream")
                .putHeader("cache-control", "no-store")
                .putHeader("x-accel-buffering", "no")
                .setChunked(true)
                .write("retry: 1000\n\n");
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether the browser reads too slowly for more events. */
    boolean isFull() {
        return closed || response.writeQueueFull();
    }

    /** Sends an event; {@code data} is one line. */
    void send(String id, String name, byte[] data) {
        Buffer event = Buffer.buffer();
        if (!id.isEmpty()) {
            event.appendString("id: ").appendString(id).appendString("\n");
        }
        event.appendString("event: ")
                .appendString(name)
                .appendString("\ndata: ")
                .appendBytes(data)
                .appendString("\n\n");
        write(event);
    }

    /** Keeps the connection alive. */
    void ping() {
        write(Buffer.buffer(PING));
    }

    private void write(Buffer bytes) {
        serverThread.runOnContext(now -> {
            if (!closed && !response.ended()) {
                response.write(bytes);
            }
        });
    }

    /** Runs work when the browser has read enough for more events. */
    void onDrain(Runnable work) {
        response.drainHandler(drained -> work.run());
    }

    /** Ends the response after what was sent before. */
    void end() {
        serverThread.runOnContext(now -> {
            if (!closed && !response.ended()) {
                response.end();
            }
        });
    }
}
