package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.Sessions;
import io.clauderoutes.call.http.ReplyOpener;
import io.clauderoutes.call.http.RequestWriter;
import io.clauderoutes.call.http.RetryAfter;
import io.clauderoutes.call.http.WireHeaders;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ClaudeSettings.Dialect;
import java.net.URI;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.CircuitBreakerDefinition;
import org.apache.camel.model.LoadBalanceDefinition;
import org.apache.camel.model.RouteDefinition;

/**
 * One route per {@code claude.endpoints.<name>} behind the balancer: their number is known only from the settings. The
 * breaker stands around everything up to the end of the stream, for the head of a response is no success yet.
 */
public final class EndpointRoutes extends RouteBuilder {

    private static final int ENDPOINT_STARTUP_ORDER = 31;
    private static final int BALANCER_STARTUP_ORDER = 39;
    private static final String WIRE_HEADERS = "claudeWireHeaders";

    private final ClaudeSettings.Call settings;
    private final Endpoints endpoints;
    private final MessageJson json;
    private final PromptDialect promptDialect;
    private final CallRecorder books;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final LongSupplier ticker;
    private final SleepFunction sleeper;
    private final Hedging hedging;
    private final Supplier<RandomGenerator> random;

    /**
     * Routes to endpoints.
     *
     * @param scheduler only begins things
     * @param threads make calls beside others
     */
    public EndpointRoutes(
            ClaudeSettings.Call settings,
            Endpoints endpoints,
            MessageJson json,
            PromptDialect promptDialect,
            CallRecorder books,
            ClaudeMeters meters,
            Clock clock,
            LongSupplier ticker,
            SleepFunction sleeper,
            ScheduledExecutorService scheduler,
            Executor threads,
            Supplier<RandomGenerator> random) {
        this.settings = settings;
        this.endpoints = endpoints;
        this.json = json;
        this.promptDialect = promptDialect;
        this.books = books;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.sleeper = sleeper;
        this.hedging = new Hedging(settings, scheduler, threads);
        this.random = random;
    }

    @Override
    public void configure() {
        getContext().getRegistry().bind(WIRE_HEADERS, new WireHeaders());
        EndpointChoice choice = new EndpointChoice(
                settings.order(),
                endpoints.all(),
                new Sessions(settings.stickiness(), ticker),
                () -> random.get().nextDouble(),
                ticker);
        EndpointBalancer balancer = new EndpointBalancer(
                settings,
                endpoints.all(),
                choice,
                new RetryRule(settings, ticker, random),
                hedging,
                books,
                meters,
                ticker,
                sleeper);
        LoadBalanceDefinition calls = stage("direct:claude-endpoints", "claude-endpoints", BALANCER_STARTUP_ORDER)
                .description("Choose an endpoint; call again where that can help")
                .loadBalance(balancer);
        calls.id("claude-endpoints-balance");
        int order = ENDPOINT_STARTUP_ORDER;
        for (Endpoint endpoint : endpoints.all()) {
            calls.to("direct:claude-endpoint-" + endpoint.name()).id("claude-endpoints-" + endpoint.name());
            endpoint(endpoint, order++);
        }
        calls.end();
    }

    private RouteDefinition stage(String uri, String id, int startupOrder) {
        return from(uri)
                .routeId(id)
                .startupOrder(startupOrder)
                .streamCache("false")
                .errorHandler(noErrorHandler());
    }

    private void endpoint(Endpoint endpoint, int order) {
        String name = endpoint.name();
        String id = "claude-endpoint-" + name;
        if (getContext().getRegistry().lookupByName("claudeHttpClient-" + name) == null) {
            getContext().getRegistry().bind("claudeHttpClient-" + name, endpoint.client());
        }
        getContext()
                .getRegistry()
                .bind("claudeBreaker-" + name, endpoint.breaker().resilience());
        CircuitBreakerDefinition breaker = stage("direct:" + id, id, order)
                .description("Call claude.endpoints." + name)
                .circuitBreaker()
                .id(id + "-breaker");
        breaker.resilience4jConfiguration()
                .circuitBreaker("claudeBreaker-" + name)
                .throwExceptionWhenHalfOpenOrOpenState(true)
                .end();
        ClaudeSettings.Endpoint its = endpoint.settings();
        breaker.process(new RequestWriter(its.dialect(), its.apiVersion(), promptDialect, settings.deadline()))
                .id(id + "-request");
        if (its.dialect() == Dialect.MESSAGES) {
            breaker.to(http(its.url(), "/v1/messages", name)).id(id + "-http");
        } else {
            breaker.choice()
                    .id(id + "-streamed")
                    .when(RequestWriter::isStreamed)
                    .to(http(its.url(), "/v1/stream", name))
                    .id(id + "-http-stream")
                    .otherwise()
                    .to(http(its.url(), "/v1/completions", name))
                    .id(id + "-http-completions")
                    .end();
        }
        breaker.process(new ReplyOpener(
                        name,
                        its,
                        endpoint.quotas(),
                        endpoint.health(),
                        json,
                        new RetryAfter(clock),
                        settings.deadline(),
                        endpoints.watchdog(),
                        ticker))
                .id(id + "-reply")
                .to("direct:claude-split")
                .id(id + "-split")
                .end();
    }

    /** The HTTP step: no header but our own crosses it, nothing in a message can change where it goes. */
    private static String http(URI url, String path, String endpoint) {
        return Endpoints.base(url) + path + "?httpMethod=POST"
                + "&httpClient=#claudeHttpClient-" + endpoint
                + "&headerFilterStrategy=#" + WIRE_HEADERS
                + "&skipControlHeaders=true"
                + "&disableStreamCache=true"
                + "&throwExceptionOnFailure=false";
    }
}
