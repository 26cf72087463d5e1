package io.clauderoutes.gateway;

import io.clauderoutes.gateway.websocket.SocketConnection;
import java.util.ArrayDeque;
import java.util.Queue;

/** Lets the requests of a connection send in turn, so that a long reply does not delay the others. The connection's own thread alone uses it. */
final class SocketTurns {

    private final SocketConnection connection;
    private final Queue<SocketReader> ready = new ArrayDeque<>();

    SocketTurns(SocketConnection connection) {
        this.connection = connection;
    }

    /** There may be more to read for a request. */
    void add(SocketReader reader) {
        ready.add(reader);
    }

    /**
     * Sends a part of the next reply, if the client takes it.
     *
     * @return the request that had its turn; {@code null} if none had
     */
    SocketReader send() {
        if (!connection.isWritable() || ready.isEmpty()) {
            return null;
        }
        SocketReader reader = ready.remove();
        boolean more = reader.send(connection::send);
        if (more && reader.markReady()) {
            ready.add(reader);
        }
        return reader;
    }

    void clear() {
        ready.clear();
    }
}
