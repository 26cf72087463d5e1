package io.clauderoutes.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that must be told theirs before they listen. They lie below those that a system gives to clients and
 * to whoever asks for any, and none is given twice: nobody beside the test takes one between its choice and its use.
 */
public final class FreePort {

    private static final int FIRST = 10_000;
    private static final int BELOW_CLIENT_PORTS = 32_000;
    private static final AtomicInteger NEXT = new AtomicInteger(new Random().nextInt(FIRST, BELOW_CLIENT_PORTS));

    private FreePort() {}

    /** The next port that nobody listens on. */
    public static int next() {
        while (true) {
            int port = NEXT.getAndUpdate(last -> last + 1 < BELOW_CLIENT_PORTS ? last + 1 : FIRST);
            try (ServerSocket listens = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return listens.getLocalPort();
            } catch (IOException taken) {
                // the next one
            }
        }
    }
}
