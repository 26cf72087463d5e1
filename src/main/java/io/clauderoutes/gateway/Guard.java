package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.websocket.ArrivedMessage;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.tracing.TraceSpan;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Sees every request of both HTTP servers before a byte of its body is read: the gateway's own paths, routes of users and the
 * management pages. It checks where a request comes from, whose it is and how long its body is, and bounds the bytes of bodies
 * that are held at the same time.
 */
public final class Guard implements HttpServerExtension {

    /** Before the handlers of the router that Camel and the bundle add. */
    private static final int BEFORE_ALL = -10;

    private static final String API = "/v1/";
    private static final int LINGER_MILLIS = 1000;
    private static final Duration LATER = Duration.ofSeconds(1);

    private volatile Rules rules;
    private final OpenPaths managementPages;
    private final Predicate<String> streamedPaths;
    private final BodyBytes bodies;
    private final MessageJson json;
    private final RequestOutcomes outcomes;
    private final ServerSpans spans;
    private final Map<HttpServerRequest, Admitted> admitted = new ConcurrentHashMap<>();
    private final Set<VertxPlatformHttpRouter> guarded = ConcurrentHashMap.newKeySet();

    private record Admitted(RoutingContext context, Optional<Client> client, TraceSpan span) {}

    /** What requests are checked by. It is replaced as a whole, so no request sees a part of a change. */
    private record Rules(Clients clients, RequestOrigin origin, OpenPaths openPaths) {
        static Rules of(GatewaySettings settings) {
            return new Rules(
                    new Clients(settings),
                    new RequestOrigin(settings),
                    new OpenPaths(settings.access().openPaths()));
        }
    }

    /**
     * Guards as the settings say.
     *
     * @param managementPages paths of the management server that need no key, for probes and scrapers have none
     * @param streamedPaths paths whose bodies are passed on while they come, for clients with credentials of the endpoint's own
     */
    public Guard(
            GatewaySettings settings,
            OpenPaths managementPages,
            Predicate<String> streamedPaths,
            BodyBytes bodies,
            MessageJson json,
            RequestOutcomes outcomes,
            ServerSpans spans) {
        this.rules = Rules.of(settings);
        this.managementPages = managementPages;
        this.streamedPaths = streamedPaths;
        this.bodies = bodies;
        this.json = json;
        this.outcomes = outcomes;
        this.spans = spans;
    }

    /**
     * Checks the keys of clients.
     *
     * @throws io.clauderoutes.settings.SettingsException with one line for each key that cannot be read
     */
    public static void check(GatewaySettings settings) {
        Rules.of(settings);
    }

    /**
     * Prepares other settings. Requests that were admitted before keep their client.
     *
     * @return puts the settings into effect
     */
    public Runnable prepare(GatewaySettings settings) {
        Rules next = Rules.of(settings);
        return () -> rules = next;
    }

    /** Guards these servers from now on; those that are guarded already stay as they are. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        for (VertxPlatformHttpRouter router : routers) {
            if (guarded.add(router)) {
                boolean management = router.isManagementServer();
                router.route().order(BEFORE_ALL).handler(request -> check(request, management));
            }
        }
    }

    private void check(RoutingContext context, boolean management) {
        HttpServerRequest request = context.request();
        context.response().putHeader(Correlation.REQUEST_ID, requestId(request));
        TraceSpan span = management ? TraceSpan.NONE : spans.begin(context);
        Optional<Client> client;
        try {
            client = management ? managing(request) : asking(request);
            boolean isStreamed = client.flatMap(Client::credential).isPresent()
                    && streamedPaths.test(GatewayPaths.plain(request.path()));
            bodies.take(request, client.map(Client::name).orElseGet(() -> RemoteClient.address(request)), isStreamed);
        } catch (ClaudeException refused) {
            span.enterLog();
            refuse(context, refused);
            span.leaveLog();
            return;
        }
        admitted.put(request, new Admitted(context, client, span));
        context.addEndHandler(ended -> {
            admitted.remove(request);
            bodies.giveBack(request);
        });
        context.next();
    }

    private Optional<Client> asking(HttpServerRequest request) {
        Rules now = rules;
        now.origin().check(request);
        // A page asks beforehand whether it may send a request, and shows no key then.
        boolean preflight =
                request.method().equals(HttpMethod.OPTIONS) && request.headers().contains("origin");
        if (preflight || now.openPaths().contains(request.path())) {
            return Optional.empty();
        }
        if (now.clients().isPassThrough() && !request.path().startsWith(API)) {
            // Their credential is for the endpoint to check, and it does not see these requests.
            if (RemoteClient.isLocal(request)) {
                return Optional.empty();
            }
            throw new ClaudeException.Unauthorized(
                    ApiError.ours(401, "authentication_error", "only clients on the same machine are served here"),
                    "claude.gateway.open-paths names the paths that others may call");
        }
        return Optional.of(now.clients().of(request));
    }

    private Optional<Client> managing(HttpServerRequest request) {
        Rules now = rules;
        now.origin().checkManagement(request);
        return RemoteClient.isLocal(request) || managementPages.contains(request.path())
                ? Optional.empty()
                : Optional.of(now.clients().of(request));
    }

    /** The connection of a client that is still sending ends a little later, or its reset could take the response away. */
    private void refuse(RoutingContext context, ClaudeException refused) {
        if (refused.status() == BodyBytes.TOO_MANY || refused.status() == BodyBytes.UNAVAILABLE) {
            context.response().putHeader("retry-after", Long.toString(LATER.toSeconds()));
        }
        HttpServerRequest request = context.request();
        outcomes.refused(
                context.response().headers().get(Correlation.REQUEST_ID),
                RemoteClient.address(request),
                refused.error());
        GatewayErrors.answer(context.response(), refused.error(), json).onComplete(sent -> {
            if (!request.isEnded()) {
                context.vertx().setTimer(LINGER_MILLIS, over -> {
                    if (!request.isEnded()) {
                        request.connection().close();
                    }
                });
            }
        });
    }

    /** The id that the client or a proxy has given the request; a new one where it has none, or none that is valid. */
    private static String requestId(HttpServerRequest request) {
        return Correlation.valid(Correlation.REQUEST_ID, request.getHeader(Correlation.REQUEST_ID))
                .orElseGet(RequestIds::next);
    }

    /** The client of a request that was admitted. */
    Client client(HttpServerRequest request) {
        Admitted its = admitted.get(request);
        return its == null || its.client().isEmpty()
                ? rules.clients().of(request)
                : its.client().get();
    }

    /**
     * The client of a connection by the keys of now, for a message over a WebSocket.
     *
     * @param handshake of the connection
     * @throws ClaudeException.Unauthorized if its key is no longer valid
     */
    Client clientNow(HttpServerRequest handshake) {
        return rules.clients().of(handshake);
    }

    /**
     * Takes room for a message over a WebSocket.
     *
     * @param message that is given back with {@link #messageIsOver}
     * @param bytes of the message so far
     * @return the client that sends it
     * @throws ClaudeException if there is no room, or the key is no longer valid
     */
    Client messageGrows(ArrivedMessage message, HttpServerRequest handshake, long bytes) {
        Client client = clientNow(handshake);
        bodies.resize(message, client.name(), bytes);
        return client;
    }

    /** The bytes of a message are no longer needed. */
    void messageIsOver(ArrivedMessage message) {
        bodies.giveBack(message);
    }

    /** Bytes of the longest body. */
    long longestBody() {
        return bodies.longest();
    }

    /** The connection of a request serves a WebSocket from now on. */
    void upgraded(HttpServerRequest request) {
        admitted.remove(request);
        bodies.giveBack(request);
    }

    /**
     * Refuses a page whose origin is not served. A browser sends no preflight for a WebSocket.
     *
     * @throws ClaudeException.Rejected with status 403
     */
    void checkPage(HttpServerRequest request) {
        rules.origin().checkSocketPage(request);
    }

    /** The span of a request that was admitted. */
    TraceSpan span(HttpServerRequest request) {
        Admitted its = admitted.get(request);
        return its == null ? TraceSpan.NONE : its.span();
    }

    /** The body of a request was taken over: the server keeps no copy of it. */
    void bodyTaken(HttpServerRequest request, int length) {
        Admitted its = admitted.get(request);
        if (its != null) {
            bodies.settle(request, length);
            ServerBody.forget(its.context());
        }
    }
}
