package io.clauderoutes.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.SSLOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the HTTP servers of a standalone bundle. Camel makes and starts its own in one step, so what has to be said of one before
 * it listens is set here: its bounds, its responses to unreadable requests, and the report of new connections.
 *
 * <p>They speak HTTP/1.1. Clients that would rather go on by HTTP/2 in clear text, as Java's does, put all their requests on one
 * connection then, and fail beyond the number that it takes at once.
 */
public final class GatewayServers extends VertxWrapper {

    private static final Logger LOG = LoggerFactory.getLogger(GatewayServers.class);

    /** Of all headers of a request: callers' tokens alone can have several kilobytes, and Vert.x takes 8 of them. */
    private static final int MOST_HEADER_BYTES = 32 * 1024;

    /** Of one frame of a WebSocket: a body as long as the API takes, and what is around it. */
    static final int MOST_FRAME_BYTES = 33 * 1024 * 1024;

    private final List<Consumer<HttpConnection>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<HttpConnection>> closeListeners = new CopyOnWriteArrayList<>();

    private final Map<HttpServer, SSLOptions> encrypted = new ConcurrentHashMap<>();

    /** Of each server; a bundle that has read its settings says how many. */
    private volatile int mostConnections = Integer.MAX_VALUE;

    private GatewayServers(Vertx vertx) {
        super((VertxInternal) vertx);
    }

    /** The same, whose servers are as the gateway wants them. */
    public static GatewayServers of(Vertx vertx) {
        return new GatewayServers(vertx);
    }

    @Override
    public HttpServer createHttpServer(HttpServerOptions options) {
        HttpServerOptions bounded = new HttpServerOptions(options)
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setHttp2ClearTextEnabled(false)
                .addWebSocketSubProtocol(SocketHandshake.PROTOCOL)
                .setMaxWebSocketFrameSize(MOST_FRAME_BYTES)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        AtomicInteger open = new AtomicInteger();
        HttpServer server = super.createHttpServer(bounded);
        if (bounded.isSsl()) {
            encrypted.put(server, bounded.getSslOptions());
        }
        return server.connectionHandler(connection -> {
                    if (open.incrementAndGet() > mostConnections) {
                        open.decrementAndGet();
                        connection.close();
                        return;
                    }
                    connection.closeHandler(closed -> {
                        open.decrementAndGet();
                        closeListeners.forEach(listener -> listener.accept(connection));
                    });
                    listeners.forEach(listener -> listener.accept(connection));
                })
                .invalidRequestHandler(unreadable -> UnreadableRequests.answer(unreadable, bounded));
    }

    /** Shows another certificate on new connections; those that are open stay as they are. */
    void certify(KeyManagerFactory keys) {
        encrypted.forEach((server, options) -> server.updateSSLOptions(
                        new SSLOptions(options).setKeyCertOptions(KeyCertOptions.wrap(keys)), true)
                .onFailure(failure -> LOG.warn(
                        "The new certificate of claude.gateway.certificate is not used: {}", failure.toString())));
    }

    /** Closes connections beyond so many of a server at once. */
    public void bound(int connections) {
        mostConnections = connections;
    }

    /** Tells of each connection when it is there, before anything has come over it. */
    void onConnection(Consumer<HttpConnection> listener) {
        listeners.add(listener);
    }

    /** Tells of each connection when it is closed. */
    void onClose(Consumer<HttpConnection> listener) {
        closeListeners.add(listener);
    }
}
