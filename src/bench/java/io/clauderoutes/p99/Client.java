package io.clauderoutes.p99;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sends requests as its kind does. */
final class Client {

    private static final long FIRST_DELAY = TimeUnit.MILLISECONDS.toNanos(500) / Scale.FACTOR;
    private static final long NANOS_PER_MICRO = 1_000;

    private final ClientKind kind;
    private final boolean checked;
    private final ConnectionPool connections;

    /** @param checked whether text was verified before it was sent to the client */
    Client(ClientKind kind, boolean checked, ConnectionPool connections) {
        this.kind = kind;
        this.checked = checked;
        this.connections = connections;
    }

    /**
     * Sends a request, and again after a failure, as often as the kind does.
     *
     * @param start from when the times of the sample count
     */
    Sample ask(int client, byte[] request, long start) {
        long deadline = start + Scale.real(kind.timeout()).toNanos();
        for (int attempt = 1; attempt <= kind.attempts(); attempt++) {
            try {
                ClientConnection.Reply reply = call(request, deadline);
                long first = micros(start, reply.firstText());
                long end = micros(start, reply.end());
                return new Sample(client, first, checked ? first : end, end, Sample.NEVER);
            } catch (IOException failed) {
                long wait = ThreadLocalRandom.current().nextLong(FIRST_DELAY << (attempt - 1));
                if (attempt == kind.attempts() || System.nanoTime() + wait > deadline) {
                    break;
                }
                LockSupport.parkNanos(wait);
            }
        }
        return Sample.failed(client);
    }

    private ClientConnection.Reply call(byte[] request, long deadline) throws IOException {
        ClientConnection connection = connections.take();
        try {
            return connection.call(request, kind.streamed(), deadline);
        } finally {
            connections.giveBack(connection);
        }
    }

    private static long micros(long start, long end) {
        return (end - start) / NANOS_PER_MICRO;
    }
}
