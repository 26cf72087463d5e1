package io.clauderoutes.p99;

import java.time.Duration;

/**
 * How a client calls.
 *
 * @param connections which connections it uses
 * @param streamed whether it asks for a stream
 * @param attempts calls for one request, the first included
 * @param timeout reported time for one request with all its calls
 */
record ClientKind(Connections connections, boolean streamed, int attempts, Duration timeout) {

    private static final Duration NO_TIMEOUT = Duration.ofHours(1);

    /** The connections of all clients together. */
    enum Connections {
        /** A new one for each call. */
        NEW,
        /** As many as are needed, kept alive. */
        KEPT,
        /** Ten, kept alive; a call waits until one is free. */
        TEN
    }

    /** A new connection for each call, the reply in one piece, no retry. */
    static ClientKind plain() {
        return new ClientKind(Connections.NEW, false, 1, NO_TIMEOUT);
    }

    /** A pool of ten connections, streams, three attempts with exponential backoff, 30 s for all of them. */
    static ClientKind improved() {
        return new ClientKind(Connections.TEN, true, 3, Duration.ofSeconds(30));
    }

    /** The plain client with connections that are kept alive. */
    static ClientKind keptAlive() {
        return new ClientKind(Connections.KEPT, false, 1, NO_TIMEOUT);
    }

    /** A client of a gateway: one call, a stream, connections that are kept alive. */
    static ClientKind streaming() {
        return new ClientKind(Connections.KEPT, true, 1, NO_TIMEOUT);
    }
}
