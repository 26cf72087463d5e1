package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One caller: a connection with at most one call on it, and what is to be known of that call. */
final class Caller {

    private static final String OK = "HTTP/1.1 200";

    private final int port;
    private final Selector selector;
    private final boolean stream;
    private final EventScan events = new EventScan();
    private final HttpReader reader;
    private SocketChannel channel;
    private long sentAt;
    private long lastDeltaAt;
    private boolean calling;

    Caller(int port, Selector selector, boolean stream) throws IOException {
        this.port = port;
        this.selector = selector;
        this.stream = stream;
        this.reader = new HttpReader(stream ? events::scan : (bytes, from, to) -> {});
        connect();
    }

    private void connect() throws IOException {
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** Sends a request, over a new connection if the old one was closed. */
    void call(ByteBuffer request) throws IOException {
        if (!channel.isOpen()) {
            connect();
        }
        reader.reset();
        events.reset();
        calling = true;
        sentAt = System.nanoTime();
        channel.write(request);
        if (request.hasRemaining()) {
            throw new IOException("a request of " + request.limit() + " bytes does not fit into the socket");
        }
    }

    /** Takes what has come and tells the sample of it; true when no call is under way any more. */
    boolean read(ByteBuffer buffer, Tally tally) {
        int count = receive(buffer);
        long now = System.nanoTime();
        if (count < 0) {
            return closed(tally);
        }
        int before = events.deltas();
        reader.read(buffer.array(), 0, count);
        for (int i = before; i < events.deltas(); i++) {
            if (i == 0) {
                tally.firstDelta(now - sentAt);
            } else {
                tally.nextDelta(now - lastDeltaAt);
            }
            lastDeltaAt = now;
        }
        if (!reader.complete()) {
            return false;
        }
        calling = false;
        if (answered()) {
            tally.answered(now - sentAt);
        } else {
            tally.failed(reader.startLine() + (stream ? " with " + events.deltas() + " deltas" : ""));
        }
        if (reader.closing()) {
            close();
        }
        return true;
    }

    private int receive(ByteBuffer buffer) {
        buffer.clear();
        try {
            return channel.read(buffer);
        } catch (IOException reset) {
            return -1;
        }
    }

    private boolean closed(Tally tally) {
        close();
        if (!calling) {
            return false;
        }
        calling = false;
        tally.failed("connection closed");
        return true;
    }

    private boolean answered() {
        return reader.startLine().startsWith(OK)
                && (!stream || events.stopped() && events.deltas() == FixedReplies.DELTAS);
    }

    boolean calling() {
        return calling;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            calling = false;
        }
    }
}
