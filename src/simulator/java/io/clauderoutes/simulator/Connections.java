package io.clauderoutes.simulator;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.IdentityHashMap;

/** The open connections, each with the time at which its handshake is over. For one event loop. */
final class Connections implements Handler<HttpConnection> {

    private final Vertx vertx;
    private final Clock clock;
    private final Duration handshake;
    private final IdentityHashMap<HttpConnection, Long> openMillis = new IdentityHashMap<>();

    Connections(Vertx vertx, Clock clock, Duration handshake) {
        this.vertx = vertx;
        this.clock = clock;
        this.handshake = handshake;
    }

    @Override
    public void handle(HttpConnection connection) {
        if (!handshake.isZero()) {
            openMillis.put(connection, clock.millis() + handshake.toMillis());
            connection.closeHandler(closed -> openMillis.remove(connection));
        }
    }

    /** Goes on when the handshake of the connection is over: at once, or later. */
    void whenOpen(HttpConnection connection, Runnable goOn) {
        long left = openMillis.getOrDefault(connection, 0L) - clock.millis();
        if (handshake.isZero() || left <= 0) {
            goOn.run();
        } else {
            vertx.setTimer(left, id -> goOn.run());
        }
    }
}
