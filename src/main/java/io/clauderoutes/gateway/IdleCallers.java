package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.MessageJson;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Lets go of callers who begin a request and do not end it, or do not even begin one, and of connections that are kept open for
 * nothing. Connections are looked at from time to time, so that a request costs no timer.
 */
public final class IdleCallers implements AutoCloseable {

    private static final int TIMEOUT = 408;

    private final Duration readTimeout;
    private final Duration idleTimeout;
    private final MessageJson json;
    private final LongSupplier ticker;
    private final Future<?> looking;
    private final Map<HttpConnection, Latest> connections = new ConcurrentHashMap<>();

    /** The latest request of a connection, if there was one, and since when nothing has come of it. */
    private static final class Latest {
        private volatile HttpServerRequest request;
        private volatile long sinceNanos;
        private volatile boolean answered;

        private Latest(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    /** Looks at all connections once a second. */
    public IdleCallers(
            ClaudeSettings.Gateway settings,
            MessageJson json,
            ScheduledExecutorService scheduler,
            LongSupplier ticker) {
        this.readTimeout = settings.readTimeout();
        this.idleTimeout = settings.idleTimeout();
        this.json = json;
        this.ticker = ticker;
        this.looking = scheduler.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** Sees every request from now on, and of servers that tell of them every connection. */
    public void install(Collection<VertxPlatformHttpRouter> routers, Collection<DoorServers> servers) {
        routers.forEach(router -> router.route().order(-2).handler(this::seen));
        servers.forEach(server -> server.onConnection(this::of));
    }

    private Latest of(HttpConnection its) {
        return connections.computeIfAbsent(its, connection -> {
            connection.closeHandler(closed -> connections.remove(connection));
            return new Latest(ticker.getAsLong());
        });
    }

    private void seen(RoutingContext begun) {
        if (begun.request().version() == HttpVersion.HTTP_2) {
            // Many requests share such a connection, and none is its latest.
            begun.next();
            return;
        }
        Latest latest = of(begun.request().connection());
        latest.sinceNanos = ticker.getAsLong();
        latest.answered = false;
        latest.request = begun.request();
        begun.next();
    }

    private void look() {
        connections.forEach(this::look);
    }

    private void look(HttpConnection connection, Latest latest) {
        long now = ticker.getAsLong();
        Duration since = Duration.ofNanos(now - latest.sinceNanos);
        HttpServerRequest request = latest.request;
        if (request == null) {
            // Not even the head of one has come, so there is nothing to answer.
            if (since.compareTo(readTimeout) > 0) {
                connection.close();
            }
        } else if (latest.answered) {
            if (since.compareTo(idleTimeout) > 0) {
                connection.close();
            }
        } else if (request.response().ended()) {
            latest.answered = true;
            latest.sinceNanos = now;
        } else if (!request.isEnded() && since.compareTo(readTimeout) > 0) {
            giveUp(connection, request);
        }
    }

    private void giveUp(HttpConnection connection, HttpServerRequest request) {
        ApiError error = ApiError.ours(
                TIMEOUT,
                "timeout_error",
                "the request did not come to its end within claude.gateway.read-timeout=" + readTimeout.toSeconds()
                        + "s");
        DoorErrors.answer(request.response().putHeader("connection", "close"), error, json)
                .onComplete(told -> connection.close());
    }

    @Override
    public void close() {
        looking.cancel(false);
    }
}
