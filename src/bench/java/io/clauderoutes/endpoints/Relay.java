package io.clauderoutes.endpoints;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A wire on loopback to a server, which can be slow, cut or swallow everything, and counts what goes over it. */
final class Relay implements AutoCloseable {

    private final int target;
    private final int port;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile ServerSocket door;
    private volatile boolean swallowing;
    private volatile long delayNanos;

    Relay(int target) throws IOException {
        this.target = target;
        door = listen(0);
        port = door.getLocalPort();
        accept(door);
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket door = new ServerSocket();
        door.setReuseAddress(true);
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return door;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket at) {
        start(() -> {
            while (true) {
                try {
                    Socket near = at.accept();
                    Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                    near.setTcpNoDelay(true);
                    far.setTcpNoDelay(true);
                    open.add(near);
                    open.add(far);
                    connections.incrementAndGet();
                    start(() -> pump(near, far, true));
                    start(() -> pump(far, near, false));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    private void pump(Socket from, Socket to, boolean out) {
        byte[] bytes = new byte[16 * 1024];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream onward = to.getOutputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                if (out) {
                    sent.addAndGet(read);
                    if (delayNanos > 0) {
                        LockSupport.parkNanos(delayNanos);
                    }
                }
                if (!swallowing) {
                    onward.write(bytes, 0, read);
                }
            }
        } catch (IOException cut) {
            // both sides are closed
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Bytes from the caller to the server. */
    long sent() {
        return sent.get();
    }

    int connections() {
        return connections.get();
    }

    void slowBy(long nanos) {
        delayNanos = nanos;
    }

    void swallow(boolean all) throws IOException {
        swallowing = all;
        if (!all) {
            // What was swallowed does not come back, so neither do these connections.
            hangUp();
        }
    }

    void cut() throws IOException {
        door.close();
        hangUp();
    }

    void restore() throws IOException {
        door = listen(port);
        accept(door);
    }

    private void hangUp() throws IOException {
        for (Closeable one : open) {
            one.close();
        }
        open.clear();
    }

    @Override
    public void close() throws IOException {
        cut();
    }
}
