package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.Sessions;
import io.clauderoutes.call.http.DirectCalls;
import io.clauderoutes.call.http.ReplyOpener;
import io.clauderoutes.call.http.RequestWriter;
import io.clauderoutes.call.http.RetryAfter;
import io.clauderoutes.call.http.WireHeaders;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.CallSettings;
import io.clauderoutes.settings.Dialect;
import io.clauderoutes.settings.EndpointSettings;
import java.net.URI;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.CircuitBreakerDefinition;
import org.apache.camel.model.LoadBalanceDefinition;
import org.apache.camel.model.RouteDefinition;

/**
 * One route per {@code claude.endpoints.<name>} behind the balancer: their number is known only from the settings. The
 * breaker stands around everything up to the end of the stream, because the head of a response is no success yet.
 */
public final class EndpointRoutes extends RouteBuilder {

    private static final int ENDPOINT_STARTUP_ORDER = 31;
    private static final int BALANCER_STARTUP_ORDER = 39;
    private static final String WIRE_HEADERS = "claudeWireHeaders";

    private final CallSettings settings;
    private final Endpoints endpoints;
    private final MessageJson json;
    private final PromptDialect promptDialect;
    private final CallPorts ports;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;
    private final Hedging hedging;

    /** Routes to all endpoints. */
    public EndpointRoutes(
            CallSettings settings,
            Endpoints endpoints,
            MessageJson json,
            PromptDialect promptDialect,
            CallPorts ports,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.settings = settings;
        this.endpoints = endpoints;
        this.json = json;
        this.promptDialect = promptDialect;
        this.ports = ports;
        this.meters = meters;
        this.runtime = runtime;
        this.hedging = new Hedging(settings, ports, runtime);
    }

    @Override
    public void configure() {
        getContext().getRegistry().bind(WIRE_HEADERS, new WireHeaders());
        EndpointBalancer balancer = new EndpointBalancer(
                endpoints.all(),
                new CallLoop(settings, choice(), new RetryRule(settings, runtime), hedging, meters, runtime),
                new EndpointCall(settings, endpoints.all().size() == 1, ports, meters, runtime));
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

    private EndpointChoice choice() {
        return new EndpointChoice(
                settings.order(),
                endpoints.all(),
                new Sessions(settings.stickiness(), runtime.ticker()),
                runtime.chance(),
                runtime.ticker());
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
        EndpointSettings its = endpoint.settings();
        breaker.process(new RequestWriter(
                        its.api().dialect(),
                        its.api().version(),
                        promptDialect,
                        settings.deadline(),
                        ports.tracing().propagates()))
                .id(id + "-request");
        if (its.api().dialect() == Dialect.MESSAGES) {
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
                        endpoint,
                        json,
                        new RetryAfter(runtime.clock()),
                        settings.deadline(),
                        endpoints.watchdog(),
                        runtime.ticker()))
                .id(id + "-reply")
                .to("direct:claude-split")
                .id(id + "-split")
                .end();
    }

    /** The HTTP step: no header but our own crosses it, nothing in a message can change where it goes. */
    private static String http(URI url, String path, String endpoint) {
        return DirectCalls.base(url) + path + "?httpMethod=POST"
                + "&httpClient=#claudeHttpClient-" + endpoint
                + "&headerFilterStrategy=#" + WIRE_HEADERS
                + "&skipControlHeaders=true"
                + "&disableStreamCache=true"
                + "&throwExceptionOnFailure=false";
    }
}
