package io.clauderoutes.bundle;

import io.clauderoutes.agent.ToolCalls;
import io.clauderoutes.agent.ToolCatalog;
import io.clauderoutes.agent.mcp.McpRequests;
import io.clauderoutes.call.Endpoints;
import io.clauderoutes.call.PassThroughCalls;
import io.clauderoutes.console.ConsolePages;
import io.clauderoutes.gateway.BatchesEndpoint;
import io.clauderoutes.gateway.BodyBytes;
import io.clauderoutes.gateway.ClientPrompts;
import io.clauderoutes.gateway.ClientRequests;
import io.clauderoutes.gateway.CrossOrigin;
import io.clauderoutes.gateway.GatewayErrors;
import io.clauderoutes.gateway.GatewayPaths;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.gateway.Guard;
import io.clauderoutes.gateway.HealthDetails;
import io.clauderoutes.gateway.IdleCallers;
import io.clauderoutes.gateway.McpEndpoint;
import io.clauderoutes.gateway.MessagesEndpoint;
import io.clauderoutes.gateway.OpenPaths;
import io.clauderoutes.gateway.OtherApiPaths;
import io.clauderoutes.gateway.PassThroughEndpoint;
import io.clauderoutes.gateway.ServerSpans;
import io.clauderoutes.gateway.SocketParts;
import io.clauderoutes.gateway.SocketRequests;
import io.clauderoutes.gateway.SocketSender;
import io.clauderoutes.gateway.StreamRetention;
import io.clauderoutes.gateway.StreamedPassThrough;
import io.clauderoutes.gateway.StreamsEndpoint;
import io.clauderoutes.gateway.WebSocketEndpoint;
import io.clauderoutes.gateway.batches.ClientBatches;
import io.clauderoutes.resume.ResumeStore;
import io.clauderoutes.resume.RetainedReplies;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.GatewayBoundsSettings;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.store.Database;
import io.clauderoutes.store.DatabaseFile;
import io.clauderoutes.store.SharedDatabase;
import io.clauderoutes.tracing.TraceSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The gateway: the guard of both HTTP servers and the paths of the Claude API. */
final class GatewayWiring {

    private static final String LONGEST_BODY = "33554432";

    private static final long EXPIRY_MILLIS = TimeUnit.SECONDS.toMillis(1);
    private static final long STORE_EXPIRY_MILLIS = TimeUnit.MINUTES.toMillis(1);
    private static final long SAVE_MILLIS = 100;

    private final Wiring wiring;
    private final ClaudeSettings settings;
    private final RequestWiring requests;
    private final OtherApiPaths.Streamed streamedPaths;
    private final Guard guard;
    private RetainedReplies replies;

    GatewayWiring(Wiring wiring, RequestWiring requests) {
        this.wiring = wiring;
        this.settings = wiring.settings();
        this.requests = requests;
        this.streamedPaths =
                path -> GatewayPaths.isStreamed(path) && !requests.redactor().redactsPrompts();
        this.guard = guard();
        messages();
        wiring.bind("claudeDoorErrors", new GatewayErrors(requests.json(), requests.outcomes(), this::look));
        if (settings.servers().gateway().enabled()) {
            wiring.bind(
                    "claudeCrossOrigin",
                    new CrossOrigin(settings.servers().gateway().access().origins()));
        }
    }

    private IdleCallers idleCallers() {
        IdleCallers callers = wiring.closing(new IdleCallers(
                settings.servers().gateway(),
                requests.json(),
                () -> wiring.context().getRegistry().findByType(GatewayServers.class),
                wiring.runtime()));
        wiring.bind("claudeIdleCallers", callers);
        return callers;
    }

    private Guard guard() {
        String health = wiring.property("camel.management.health-path", "/observe/health");
        List<String> healthPages =
                List.of(wiring.property("camel.management.path", "") + health, health, health + "/*");
        wiring.bind("claudeHealthDetails", new HealthDetails(new OpenPaths(healthPages)));
        List<String> pages = new ArrayList<>(healthPages);
        if (settings.servers().console().enabled()) {
            // It has a check of its own.
            pages.addAll(ConsolePages.PATHS);
        }
        pages.add(wiring.property("camel.management.metrics-path", "/observe/metrics"));
        GatewayBoundsSettings bounds = settings.servers().gateway().bounds();
        Guard made = new Guard(
                settings.servers().gateway(),
                new OpenPaths(pages),
                streamedPaths,
                new BodyBytes(longestBody(), bounds.requestBytes(), bounds.requestBytesPerClient()),
                requests.json(),
                requests.outcomes(),
                new ServerSpans(requests.tracing()));
        wiring.bind("claudeGuard", made);
        wiring.live(next -> made.prepare(next.servers().gateway()));
        return made;
    }

    private long longestBody() {
        return Long.parseLong(wiring.property("camel.server.max-body-size", LONGEST_BODY));
    }

    private void messages() {
        ClientPrompts prompts = new ClientPrompts(
                settings.servers().gateway(), settings.delivery().split().strategy(), requests.json());
        wiring.live(next -> () -> prompts.use(next.servers().gateway()));
        StreamRetention retention = retention();
        ClientRequests clientRequests = new ClientRequests(
                prompts,
                settings.delivery().fanOut().stopsWithCaller(),
                wiring.runtime().ticker());
        MessagesEndpoint endpoint = new MessagesEndpoint(
                clientRequests, retention, guard, requests.json(), requests.ids(), wiring.runtime());
        wiring.step("claudeMessagesDoorOpen", endpoint::open);
        wiring.step("claudeMessagesDoorAnswer", endpoint::answer);
        wiring.step("claudeMessagesDoorFail", exchange -> {
            TraceSpan span = TraceSpan.of(exchange);
            span.enterLog();
            requests.outcomes().failedBeside(exchange);
            span.leaveLog();
            endpoint.fail(exchange);
        });
        webSocket(clientRequests, retention);
    }

    private void webSocket(ClientRequests clientRequests, StreamRetention retention) {
        wiring.step(
                "claudeWebSocketOpen",
                new SocketRequests(clientRequests, retention, requests.json(), requests.ids(), requests.outcomes()));
        IdleCallers idleCallers = idleCallers();
        // An application's own server does not offer the subprotocol.
        boolean isServerOurs =
                !wiring.context().getRegistry().findByType(GatewayServers.class).isEmpty();
        if (settings.servers().gateway().enabled()
                && settings.servers().gateway().connections().webSocket().enabled()
                && isServerOurs) {
            SocketSender sender = new SocketSender(
                    wiring.closing(wiring.context().createProducerTemplate()),
                    wiring.runtime().threads().perTask("claude-websocket"),
                    new ServerSpans(requests.tracing()));
            SocketParts parts = new SocketParts(
                    guard,
                    retention,
                    sender,
                    requests.json(),
                    requests.outcomes(),
                    clientRequests::settings,
                    wiring.runtime().ticker());
            WebSocketEndpoint endpoint = new WebSocketEndpoint(parts, idleCallers);
            requests.meters().clients().webSockets(endpoint::connections, endpoint::requests);
            wiring.bind("claudeWebSocketEndpoint", endpoint);
        }
    }

    /** The replies that are retained for clients that come back. */
    RetainedReplies replies() {
        return replies;
    }

    private StreamRetention retention() {
        Optional<ResumeStore> store = settings.delivery().resume().stored() ? Optional.of(store()) : Optional.empty();
        this.replies = new RetainedReplies(
                settings.delivery().resume(),
                settings.servers().gateway().connections().writeTimeout(),
                store,
                requests.json(),
                wiring.runtime().ticker());
        AtomicReference<GatewaySettings> current =
                new AtomicReference<>(settings.servers().gateway());
        wiring.live(next -> () -> {
            replies.use(next.delivery().resume());
            current.set(next.servers().gateway());
        });
        wiring.everyWhileStarted(EXPIRY_MILLIS, "claude-resume-expiry", replies::expire);
        if (store.isPresent()) {
            wiring.closing(replies::save);
            wiring.every(SAVE_MILLIS, SAVE_MILLIS, "claude-resume-store", replies::save);
            wiring.everyWhileStarted(STORE_EXPIRY_MILLIS, "claude-resume-store-expiry", replies::expireStored);
        }
        StreamRetention retention = new StreamRetention(replies, current::get, requests.meters());
        if (settings.servers().gateway().enabled()) {
            wiring.bind(
                    "claudeStreamsEndpoint",
                    new StreamsEndpoint(retention, guard, requests.json(), requests.outcomes()));
        }
        return retention;
    }

    private ResumeStore store() {
        LedgerStoreSettings ledger = settings.operation().ledger().store();
        boolean shared =
                settings.operation().ledger().enabled() && !ledger.url().isEmpty();
        Database database = shared
                ? new SharedDatabase(
                        new SharedDatabase.Server(ledger.url(), ledger.user(), ledger.password()), ResumeStore.POSTGRES)
                : new DatabaseFile(
                        settings.operation().routes().data().resolve(ResumeStore.FILE),
                        ResumeStore.SCHEMA,
                        wiring.runtime().threads().perTask("claude-resume-file"));
        return wiring.closing(new ResumeStore(
                database, shared, requests.json(), wiring.runtime().clock()));
    }

    private void look(Throwable failure) {
        wiring.context().getRegistry().findByType(OutOfMemory.class).forEach(process -> process.look(failure));
    }

    /** Adds the path at which MCP clients call tools. */
    void tools(ToolCatalog catalog, ToolCalls calls) {
        McpEndpoint endpoint = new McpEndpoint(
                settings.servers().gateway(), guard, catalog, new McpRequests(calls, requests.json()), requests.json());
        wiring.live(next -> () -> endpoint.use(next.servers().gateway()));
        wiring.bind("claudeMcpEndpoint", endpoint);
    }

    /** Adds the paths of the API beside the Messages API. */
    void passThrough(Endpoints endpoints, ClientBatches batches) {
        PassThroughCalls calls = new PassThroughCalls(
                endpoints, requests.meters(), wiring.runtime().ticker());
        PassThroughEndpoint endpoint =
                new PassThroughEndpoint(guard, requests.json(), requests.outcomes(), request -> requests.redactor()
                        .passThrough(request, calls::send));
        wiring.bind("claudePlainDoor", endpoint);
        StreamedPassThrough streamed = new StreamedPassThrough(
                calls,
                requests.json(),
                requests.outcomes(),
                requests.redactor()::redactResult,
                settings.delivery().split().maxReplyBytes(),
                settings.servers().gateway().connections().writeTimeout());
        if (settings.servers().gateway().enabled()) {
            wiring.bind(
                    "claudeOtherApiPaths",
                    new OtherApiPaths(endpoint, streamed, streamedPaths, guard, requests.json(), longestBody()));
        }
        wiring.bind(
                "claudeGatewayBatches",
                new BatchesEndpoint(
                        endpoint,
                        streamed,
                        batches,
                        guard,
                        requests.json(),
                        requests.outcomes(),
                        settings.servers().gateway().connections().writeTimeout()));
    }
}
