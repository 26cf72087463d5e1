package io.clauderoutes.websocket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/** A link with a round trip time, on loopback: what is sent arrives half a round trip later, and so does a new connection. */
final class DelayedLink implements AutoCloseable {

    private final ServerSocket door;
    private final int target;
    private final long oneWayNanos;

    /** Bytes and when they arrive; no bytes for the end. */
    private record Part(byte[] bytes, long atNanos) {}

    DelayedLink(int target, long roundTripMillis) throws IOException {
        this.target = target;
        this.oneWayNanos = roundTripMillis * 1_000_000 / 2;
        this.door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "link");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket near = door.accept();
                near.setTcpNoDelay(true);
                start(() -> connect(near));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** The client of a real link waits for a whole round trip before it can send. */
    private void connect(Socket near) {
        waitUntil(System.nanoTime() + 2 * oneWayNanos);
        try {
            Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
            far.setTcpNoDelay(true);
            delay(near, far);
            delay(far, near);
        } catch (IOException refused) {
            close(near);
        }
    }

    private void delay(Socket from, Socket to) {
        BlockingQueue<Part> way = new LinkedBlockingQueue<>();
        start(() -> {
            byte[] buffer = new byte[64 * 1024];
            try {
                InputStream in = from.getInputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    way.add(new Part(Arrays.copyOf(buffer, read), System.nanoTime() + oneWayNanos));
                }
            } catch (IOException broken) {
                // ends as any other connection does
            }
            way.add(new Part(new byte[0], System.nanoTime() + oneWayNanos));
        });
        start(() -> {
            try {
                OutputStream out = to.getOutputStream();
                for (Part part = way.take(); part.bytes.length > 0; part = way.take()) {
                    waitUntil(part.atNanos);
                    out.write(part.bytes);
                }
            } catch (IOException | InterruptedException over) {
                // the other side has gone
            }
            close(to);
        });
    }

    private static void waitUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException already) {
            // closed is closed
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
