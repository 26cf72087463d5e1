package io.clauderoutes.simulator;

import io.netty.channel.ChannelOption;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Breaks a connection, not politely: a TCP reset, or on HTTP/2 the stream's. Vert.x can only close, so this reaches for
 * the channel beneath; and as a reset may overtake bytes that the client has not read yet, it waits a moment for them.
 */
final class HardReset {

    private static final long INTERNAL_ERROR = 2;
    private static final long GRACE_MILLIS = 30;

    private final Vertx vertx;
    private final HttpServerRequest request;

    HardReset(Vertx vertx, HttpServerRequest request) {
        this.vertx = vertx;
        this.request = request;
    }

    void after(Future<Void> written) {
        written.onComplete(done -> vertx.setTimer(GRACE_MILLIS, id -> now()));
    }

    /** The connection ends after the bytes that were written; on HTTP/2 the stream is reset. */
    void close() {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(INTERNAL_ERROR);
            return;
        }
        request.connection().close();
    }

    void now() {
        if (request.version() == HttpVersion.HTTP_2) {
            close();
            return;
        }
        if (request.connection() instanceof ConnectionBase connection
                && connection.channel().isOpen()) {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
        request.connection().close();
    }
}
