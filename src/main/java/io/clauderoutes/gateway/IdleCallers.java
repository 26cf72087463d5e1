package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Lets go of callers who begin a request and do not end it, or do not even begin one, and of connections that are kept open for
 * nothing. Connections are looked at from time to time, so that a request costs no timer.
 */
public final class IdleCallers implements AutoCloseable, HttpServerExtension {

    private static final int TIMEOUT = 408;
    private static final int BEFORE_ALL = -30;
    private static final int SLOWEST_BYTES_PER_SECOND = 100_000;

    private final Duration readTimeout;
    private final Duration idleTimeout;
    private final MessageJson json;
    private final LongSupplier ticker;
    private final Future<?> looking;
    private final Supplier<Collection<GatewayServers>> servers;
    private final Map<HttpConnection, Latest> connections = new ConcurrentHashMap<>();

    /** The latest request of a connection, if there was one, and since when nothing has come of it. */
    private record Latest(Optional<HttpServerRequest> request, long sinceNanos, boolean answered) {}

    /**
     * Looks at all connections once a second.
     *
     * @param servers that report their connections, once they have started
     */
    public IdleCallers(
            GatewaySettings settings,
            MessageJson json,
            Supplier<Collection<GatewayServers>> servers,
            BundleRuntime runtime) {
        this.servers = servers;
        this.readTimeout = settings.connections().readTimeout();
        this.idleTimeout = settings.connections().idleTimeout();
        this.json = json;
        this.ticker = runtime.ticker();
        this.looking = runtime.threads().timer().scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.forEach(router -> router.route().order(BEFORE_ALL).handler(this::seen));
        servers.get().forEach(server -> {
            server.onConnection(
                    connection -> connections.put(connection, new Latest(Optional.empty(), ticker.getAsLong(), false)));
            server.onClose(connections::remove);
        });
    }

    private void seen(RoutingContext asked) {
        // Many requests share a connection of HTTP/2, and none is its latest.
        if (asked.request().version() != HttpVersion.HTTP_2) {
            begun(asked.request().connection(), Optional.of(asked.request()));
        }
        asked.next();
    }

    private void begun(HttpConnection connection, Optional<HttpServerRequest> request) {
        if (connections.put(connection, new Latest(request, ticker.getAsLong(), false)) == null) {
            connection.closeHandler(closed -> connections.remove(connection));
        }
    }

    /** The connection is looked at no more: it has other rules. */
    void leave(HttpConnection connection) {
        connections.remove(connection);
    }

    private void look() {
        connections.forEach(this::look);
    }

    private void look(HttpConnection connection, Latest latest) {
        long now = ticker.getAsLong();
        Duration since = Duration.ofNanos(now - latest.sinceNanos);
        if (latest.answered) {
            if (since.compareTo(idleTimeout) > 0) {
                connection.close();
            }
        } else if (latest.request.isEmpty()) {
            // Not even the head of one has come, so there is nothing to answer.
            if (since.compareTo(readTimeout) > 0) {
                connection.close();
            }
        } else if (latest.request.get().response().ended()) {
            // Unless the next has begun meanwhile.
            connections.replace(connection, latest, new Latest(latest.request, now, true));
        } else if (!latest.request.get().isEnded() && since.compareTo(readTime(latest.request.get())) > 0) {
            giveUp(connection, latest.request.get());
        }
    }

    /** A long body has more time, as long as it comes fast enough. */
    private Duration readTime(HttpServerRequest request) {
        return readTimeout.plusSeconds(request.bytesRead() / SLOWEST_BYTES_PER_SECOND);
    }

    private void giveUp(HttpConnection connection, HttpServerRequest request) {
        ApiError error = ApiError.ours(
                TIMEOUT,
                "timeout_error",
                "the request did not come to its end within claude.gateway.read-timeout=" + readTimeout.toSeconds()
                        + "s");
        GatewayErrors.answer(request.response().putHeader("connection", "close"), error, json)
                .onComplete(sent -> connection.close());
    }

    @Override
    public void close() {
        looking.cancel(false);
    }
}
