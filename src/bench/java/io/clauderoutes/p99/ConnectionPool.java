package io.clauderoutes.p99;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;

/** The connections of all clients to one server. */
final class ConnectionPool implements AutoCloseable {

    private static final int TEN = 10;

    private final int port;
    private final ClientKind.Connections kind;
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<ClientConnection> idle = new ConcurrentLinkedDeque<>();
    private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();

    ConnectionPool(int port, ClientKind.Connections kind) {
        this.port = port;
        this.kind = kind;
        this.permits = new Semaphore(kind == ClientKind.Connections.TEN ? TEN : Integer.MAX_VALUE, true);
    }

    /** A connection for one call; the client waits for it if all of ten are in use. */
    ClientConnection take() throws IOException {
        permits.acquireUninterruptibly();
        ClientConnection kept = idle.poll();
        if (kept != null) {
            return kept;
        }
        try {
            ClientConnection connection = new ClientConnection(port);
            open.add(connection);
            return connection;
        } catch (IOException e) {
            permits.release();
            throw e;
        }
    }

    /** The call has ended. */
    void giveBack(ClientConnection connection) {
        if (kind != ClientKind.Connections.NEW && connection.isReusable()) {
            idle.push(connection);
        } else {
            connection.close();
            open.remove(connection);
        }
        permits.release();
    }

    /** Ends all calls. */
    @Override
    public void close() {
        open.forEach(ClientConnection::close);
    }
}
