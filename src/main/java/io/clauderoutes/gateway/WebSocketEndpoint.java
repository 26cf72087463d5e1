package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.websocket.SocketConnection;
import io.clauderoutes.gateway.websocket.SocketTimes;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** {@code GET /v1/ws}: opens WebSockets of clients that speak {@code claude-routes.v1}. */
public final class WebSocketEndpoint implements HttpServerExtension {

    static final String PATH = "/v1/ws";

    /** Of a message: the fields around the body of a request. */
    private static final long ENVELOPE_BYTES = 64 * 1024;

    private static final String VERSION = "13";
    private static final String VERSION_HEADER = "sec-websocket-version";
    private static final int BAD_REQUEST = 400;
    private static final int UPGRADE_REQUIRED = 426;

    private final SocketParts parts;
    private final IdleCallers idleCallers;
    private final Set<SocketClient> open = ConcurrentHashMap.newKeySet();

    /** @param idleCallers leaves WebSockets alone: they have rules of their own */
    public WebSocketEndpoint(SocketParts parts, IdleCallers idleCallers) {
        this.parts = parts;
        this.idleCallers = idleCallers;
    }

    /** How many connections are open. */
    public int connections() {
        return open.size();
    }

    /** How many requests are in progress. */
    public int requests() {
        return open.stream().mapToInt(SocketClient::count).sum();
    }

    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream()
                .filter(VertxPlatformHttpRouter::isMainServer)
                .forEach(router -> router.route(PATH).order(0).handler(this::open));
    }

    /** Requests in progress still get their replies. */
    @Override
    public void stopping(Collection<VertxPlatformHttpRouter> routers) {
        open.forEach(SocketClient::stop);
    }

    private void open(RoutingContext asked) {
        HttpServerRequest request = asked.request();
        try {
            check(request);
        } catch (ClaudeException refused) {
            refuse(asked, refused);
            return;
        }
        Context serverThread = Vertx.currentContext();
        request.toWebSocket().onComplete(upgrade -> {
            parts.guard().upgraded(request);
            if (upgrade.succeeded()) {
                begin(request, upgrade.result(), serverThread);
            }
        });
    }

    private void check(HttpServerRequest request) {
        if (!"websocket".equalsIgnoreCase(request.getHeader("upgrade"))
                || !VERSION.equals(request.getHeader(VERSION_HEADER))) {
            throw StreamRetention.refused(
                    UPGRADE_REQUIRED,
                    "this path is a WebSocket (RFC 6455, version 13) with the subprotocol " + SocketHandshake.PROTOCOL);
        }
        if (!SocketHandshake.offersProtocol(request)) {
            throw StreamRetention.refused(
                    BAD_REQUEST, "sec-websocket-protocol: expected the subprotocol " + SocketHandshake.PROTOCOL);
        }
        parts.guard().checkPage(request);
    }

    private void refuse(RoutingContext asked, ClaudeException refused) {
        ApiError error = refused.error();
        if (refused.status() == UPGRADE_REQUIRED) {
            asked.response().putHeader("upgrade", "websocket").putHeader(VERSION_HEADER, VERSION);
        }
        parts.outcomes()
                .refused(
                        asked.response().headers().get(Correlation.REQUEST_ID),
                        RemoteClient.address(asked.request()),
                        error);
        GatewayErrors.answer(asked.response(), error, parts.json());
    }

    private void begin(HttpServerRequest handshake, ServerWebSocket socket, Context serverThread) {
        idleCallers.leave(handshake.connection());
        GatewaySettings settings = parts.settings().get();
        SocketTimes times = new SocketTimes(
                settings.connections().pingInterval(),
                settings.connections().readTimeout(),
                settings.connections().writeTimeout(),
                settings.connections().webSocket().idleTimeout(),
                parts.ticker());
        long longest = Math.min(parts.guard().longestBody() + ENVELOPE_BYTES, GatewayServers.MOST_FRAME_BYTES);
        SocketConnection connection =
                new SocketConnection(serverThread, handshake.connection(), socket, times, longest);
        SocketClient client = new SocketClient(handshake, connection, parts, open::remove);
        open.add(client);
        connection.open(client);
    }
}
