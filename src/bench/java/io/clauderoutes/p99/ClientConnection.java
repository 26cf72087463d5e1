package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.EventScan;
import io.clauderoutes.sidebyside.HttpReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** A connection to a server on loopback, with at most one call on it. */
final class ClientConnection implements AutoCloseable {

    private static final String OK = "HTTP/1.1 200";
    private static final int BUFFER = 16 * 1024;

    private final EventScan events = new EventScan();
    private final HttpReader reader = new HttpReader(events::scan);
    private final byte[] buffer = new byte[BUFFER];
    private final Socket socket;

    ClientConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
    }

    /** When the first text and the end of a reply arrived, by {@link System#nanoTime()}. */
    record Reply(long firstText, long end) {}

    /**
     * Sends a request and reads its whole reply.
     *
     * @throws IOException if there is no whole reply before the deadline
     */
    Reply call(byte[] request, boolean streamed, long deadline) throws IOException {
        reader.reset();
        events.reset();
        socket.getOutputStream().write(request);
        long firstText = 0;
        while (!reader.complete()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new IOException("timeout");
            }
            socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
            int count = socket.getInputStream().read(buffer);
            if (count < 0) {
                throw new IOException("the connection ended");
            }
            reader.read(buffer, 0, count);
            if (firstText == 0 && events.deltas() > 0) {
                firstText = System.nanoTime();
            }
        }
        long end = System.nanoTime();
        if (!reader.startLine().startsWith(OK) || streamed && !events.stopped()) {
            throw new IOException(reader.startLine());
        }
        return new Reply(streamed ? firstText : end, end);
    }

    /** Whether another call can be sent. */
    boolean isReusable() {
        return reader.complete() && !reader.closing() && !socket.isClosed();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // nothing is left to close
        }
    }
}
