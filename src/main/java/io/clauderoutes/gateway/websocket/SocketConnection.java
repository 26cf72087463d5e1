package io.clauderoutes.gateway.websocket;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One connection: makes messages of frames within bounds, sends messages, and closes a connection whose client has gone or breaks a
 * rule. The connection's own thread alone uses it.
 */
public final class SocketConnection {

    private static final int PINGS_WITHOUT_SIGN_OF_LIFE = 3;
    private static final int CHECKS_PER_WAIT = 4;
    private static final long SHORTEST_PERIOD_MILLIS = 20;
    private static final long SLOWEST_BYTES_PER_SECOND = 100_000;
    /** Of the reason in a close frame. */
    private static final int LONGEST_REASON = 120;

    private static final long NOT_STALLED = Long.MIN_VALUE;

    private final Context serverThread;
    private final ServerWebSocket socket;
    private final Channel channel;
    private final SocketTimes times;
    private final long longestMessage;
    private final Queue<ArrivedMessage> complete = new ArrayDeque<>();
    private Receiver receiver;
    private Buffer fragments;
    private boolean closing;
    private long receivedNanos;
    private long sentNanos;
    private long messageNanos;
    private long messageBytes;
    private ArrivedMessage latest;
    private long begun;
    private long delivered;
    private long arrivingSinceNanos;
    private long stalledSinceNanos = NOT_STALLED;
    private long timer = -1;

    /** Takes what comes over a connection, on the connection's own thread. */
    public interface Receiver {

        /**
         * A message begins or grows.
         *
         * @param message that begins or grows; its bytes are no longer needed when the connection is closed
         * @param bytes of it so far
         * @return whether there is room for it
         */
        boolean hasRoom(ArrivedMessage message, long bytes);

        /** A message is complete. */
        void message(ArrivedMessage message, byte[] text);

        /** The client takes messages again. */
        void writable();

        /** Whether a request is in progress. */
        boolean isBusy();

        /** Some time has passed. */
        void check();

        /** The connection is closed. */
        void closed();
    }

    /**
     * Takes over a connection.
     *
     * @param serverThread the connection's own
     * @param connection of the handshake
     * @param longestMessage bytes
     */
    public SocketConnection(
            Context serverThread,
            HttpConnection connection,
            ServerWebSocket socket,
            SocketTimes times,
            long longestMessage) {
        this.serverThread = serverThread;
        this.channel = ((ConnectionBase) connection).channel();
        this.socket = socket;
        this.times = times;
        this.longestMessage = longestMessage;
    }

    /** Begins to receive. */
    public void open(Receiver its) {
        receiver = its;
        long now = now();
        receivedNanos = now;
        sentNanos = now;
        messageNanos = now;
        socket.frameHandler(this::frame);
        socket.drainHandler(drained -> {
            stalledSinceNanos = NOT_STALLED;
            receiver.writable();
        });
        socket.exceptionHandler(broken -> abort());
        socket.closeHandler(closed -> ended());
        ChannelPipeline pipeline = channel.pipeline();
        String decoder = pipeline.context(WebSocket13FrameDecoder.class).name();
        pipeline.addBefore(decoder, "claude-frame-guard", new FrameGuard(new Arriving()));
        pipeline.addAfter(
                decoder,
                "claude-frame-errors",
                new FrameErrors(status -> close((short) status.code(), status.reasonText())));
        pipeline.addAfter(decoder, "claude-utf8", new Utf8FrameValidator(false));
        long shortest = Math.min(
                Math.min(times.ping().toMillis(), times.read().toMillis()),
                Math.min(times.write().toMillis(), times.idle().toMillis()));
        timer = serverThread
                .owner()
                .setPeriodic(Math.max(SHORTEST_PERIOD_MILLIS, shortest / CHECKS_PER_WAIT), due -> check());
    }

    private long now() {
        return times.ticker().getAsLong();
    }

    /** What the connection's own thread belongs to. */
    public Vertx vertx() {
        return serverThread.owner();
    }

    /** Runs work on the connection's own thread. */
    public void run(Runnable work) {
        serverThread.runOnContext(now -> work.run());
    }

    private final class Arriving implements FrameGuard.Arrival {

        @Override
        public void received() {
            receivedNanos = now();
        }

        @Override
        public boolean grows(ArrivedMessage message, long bytes) {
            if (bytes > longestMessage) {
                close(
                        CloseCode.TOO_BIG,
                        "a message has at most " + longestMessage + " bytes (camel.server.max-body-size)");
                return false;
            }
            if (!receiver.hasRoom(message, bytes)) {
                close(CloseCode.TRY_AGAIN_LATER, "no room for the message (claude.gateway.max-request-bytes)");
                return false;
            }
            messageBytes = bytes;
            if (message != latest) {
                latest = message;
                arrivingSinceNanos = begun == delivered ? now() : arrivingSinceNanos;
                begun++;
            }
            return true;
        }

        @Override
        public void isLast(ArrivedMessage message) {
            complete.add(message);
        }
    }

    private void frame(WebSocketFrame frame) {
        if (closing) {
            return;
        }
        if (frame.isBinary()) {
            close(CloseCode.UNSUPPORTED_DATA, "messages are JSON in text frames");
        } else if (frame.isText() || frame.isContinuation()) {
            data(frame);
        }
    }

    private void data(WebSocketFrame frame) {
        if (!frame.isFinal()) {
            fragments = (fragments == null ? Buffer.buffer() : fragments).appendBuffer(frame.binaryData());
            return;
        }
        byte[] text = fragments == null
                ? frame.binaryData().getBytes()
                : fragments.appendBuffer(frame.binaryData()).getBytes();
        fragments = null;
        delivered++;
        messageNanos = now();
        arrivingSinceNanos = messageNanos;
        receiver.message(complete.remove(), text);
    }

    /** Sends a message. The client may be behind: see {@link #isWritable}. */
    public void send(byte[] text) {
        if (!closing) {
            sentNanos = now();
            socket.writeFrame(new WebSocketFrameImpl(WebSocketFrameType.TEXT, Unpooled.wrappedBuffer(text), true));
        }
    }

    /** Whether the client takes more messages at present. */
    public boolean isWritable() {
        return !closing && channel.isWritable();
    }

    /** Whether the connection is closed, or is being closed. */
    public boolean isClosing() {
        return closing;
    }

    /** Time has passed: looks for a client that is gone, takes nothing, or wants nothing. */
    private void check() {
        if (closing) {
            return;
        }
        long now = now();
        boolean stalled = !channel.isWritable();
        if (stalled && stalledSinceNanos == NOT_STALLED) {
            stalledSinceNanos = now;
        }
        if (stalled
                ? isOver(now, stalledSinceNanos, times.write())
                : isOver(now, receivedNanos, times.ping().multipliedBy(PINGS_WITHOUT_SIGN_OF_LIFE))) {
            abort();
        } else if (begun > delivered && isOver(now, arrivingSinceNanos, readTime())) {
            close(CloseCode.POLICY_VIOLATION, "a message did not arrive within claude.gateway.read-timeout");
        } else if (!receiver.isBusy() && isOver(now, messageNanos, times.idle())) {
            close(CloseCode.GOING_AWAY, "no message within claude.gateway.websocket.idle-timeout");
        } else {
            if (!stalled && isOver(now, sentNanos, times.ping())) {
                sentNanos = now;
                socket.writePing(Buffer.buffer());
            }
            receiver.check();
        }
    }

    /** A long message has more time, as long as it comes fast enough. */
    private Duration readTime() {
        return times.read().plusSeconds(messageBytes / SLOWEST_BYTES_PER_SECOND);
    }

    private static boolean isOver(long now, long since, Duration wait) {
        return now - since > wait.toNanos();
    }

    /** Tells the client why the connection ends, and ends it. */
    public void close(CloseCode code, String reason) {
        close(code.number(), reason);
    }

    private void close(short code, String reason) {
        if (!closing) {
            closing = true;
            socket.close(code, reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
        }
    }

    /** Ends the connection at once: the client is gone, or takes nothing. */
    private void abort() {
        closing = true;
        // The server's own handler would wait for the client's close frame.
        ChannelFuture unused = channel.pipeline().firstContext().close();
    }

    private void ended() {
        closing = true;
        serverThread.owner().cancelTimer(timer);
        receiver.closed();
    }
}
