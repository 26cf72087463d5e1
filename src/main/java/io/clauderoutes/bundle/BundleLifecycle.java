package io.clauderoutes.bundle;

import io.clauderoutes.Reply;
import io.clauderoutes.component.SwitchedOff;
import io.clauderoutes.gateway.ReceivedHeaders;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.OptionalLibrary;
import io.clauderoutes.settings.SettingsSource;
import io.clauderoutes.source.KameletParameters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ModelLifecycleStrategySupport;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.TypeConverterSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life of the bundle in one context: what happens when the context initialises, has started, is about to stop and has stopped. */
final class BundleLifecycle extends LifecycleStrategySupport {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);
    private static final String FRONT_DOOR = "direct:claude";
    private static final String METRICS_REGISTRY = "metricsRegistry";
    private static final String DNS_CACHE = "networkaddress.cache.ttl";

    private final KameletParameters parameters;
    private final Optional<HttpServers> servers;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private Optional<ClaudeBeans> beans = Optional.empty();
    private Optional<SwitchedOff> off = Optional.empty();

    BundleLifecycle(CamelContext context, KameletParameters parameters) {
        this.parameters = parameters;
        this.servers =
                OptionalLibrary.HTTP_SERVER.isPresent() ? Optional.of(new HttpServers(context)) : Optional.empty();
    }

    @Override
    public void onEndpointAdd(Endpoint endpoint) {
        parameters.accept(endpoint);
        if (endpoint.getEndpointUri().startsWith("platform-http:")) {
            ReceivedHeaders.filter(endpoint);
        }
    }

    @Override
    public void onContextInitializing(CamelContext context) {
        try {
            begin(context);
        } catch (RuntimeException mistake) {
            onContextStopped(context);
            throw mistake;
        } catch (Exception failure) {
            onContextStopped(context);
            throw new IllegalStateException("Claude Routes could not be started", failure);
        }
    }

    private void begin(CamelContext context) throws Exception {
        if (StartSettings.isOff(context)) {
            off = Optional.of(SwitchedOff.in(context));
            return;
        }
        keepLines((ModelCamelContext) context);
        StartSettings start = StartSettings.read(context);
        start.requireNoMistakes(context);
        start.warn(context);
        boundDnsCache(start.settings().upstream().call().dnsCache());
        boolean standalone = StartSettings.isStandalone(context);
        if (standalone) {
            ShutdownStrategy shutdown = context.getShutdownStrategy();
            shutdown.setTimeUnit(TimeUnit.MILLISECONDS);
            shutdown.setTimeout(Math.max(
                    1, start.settings().operation().routes().shutdownGrace().toMillis()));
        }
        ClaudeSettings settings = withSimulator(start.settings());
        ClaudeBeans made = new ClaudeBeans(context, settings, start.values());
        open.push(made);
        beans = Optional.of(made);
        made.bind(meterRegistry(context));
        context.getTypeConverterRegistry().addTypeConverter(Reply.class, String.class, new ReplyConverter());
        OutputConverter.addTo(context);
        HealthCheckRegistry health = HealthCheckHelper.getHealthCheckRegistry(context);
        if (health != null) {
            health.register(context.getRegistry().lookupByName("claudeHealth"));
        }
        servers.ifPresent(http -> http.prepare(settings.servers().gateway(), standalone));
        new RouteFolder(
                        context,
                        settings,
                        servers.filter(http ->
                                        http.isGatewayOn(settings.servers().gateway()))
                                .isPresent(),
                        made.reloads())
                .load();
        if (standalone && settings.operation().routes().settingsReload()) {
            made.watch(
                    new SettingsSource(context, System.getenv(), System.getProperties()),
                    start.values(),
                    changed -> StartSettings.checkProduction(context, changed));
        }
    }

    private ClaudeSettings withSimulator(ClaudeSettings settings) {
        if (!SimulatedEndpoint.isNeeded(settings)) {
            return SimulatedEndpoint.requiringKeys(settings);
        }
        ApiSimulator.Running simulator = SimulatedEndpoint.start(settings);
        open.push(simulator);
        return SimulatedEndpoint.at(simulator, settings);
    }

    private void keepLines(ModelCamelContext context) {
        context.getRouteDefinitions().forEach(parameters::keepLines);
        context.addModelLifecycleStrategy(new ModelLifecycleStrategySupport() {
            @Override
            public void onAddRouteDefinition(RouteDefinition route) {
                parameters.keepLines(route);
            }
        });
    }

    /** The JVM reads this property when it looks up its first name. A value that is set for the whole JVM stays. */
    private static void boundDnsCache(Duration longest) {
        if (Security.getProperty(DNS_CACHE) == null) {
            Security.setProperty(DNS_CACHE, Long.toString(longest.toSeconds()));
        }
    }

    private static MeterRegistry meterRegistry(CamelContext context) {
        MeterRegistry named = context.getRegistry().lookupByNameAndType(METRICS_REGISTRY, MeterRegistry.class);
        if (named != null) {
            return named;
        }
        MeterRegistry only = context.getRegistry().findSingleByType(MeterRegistry.class);
        return only == null ? new SimpleMeterRegistry() : only;
    }

    @Override
    public void onRoutesAdd(Collection<Route> routes) {
        if (off.isPresent()) {
            return;
        }
        servers.ifPresent(HttpServers::guard);
        beans.ifPresent(made -> routes.forEach(made::added));
    }

    @Override
    public void onContextStarted(CamelContext context) {
        off.ifPresent(failing -> closeTheFrontDoor(context, failing));
        servers.ifPresent(HttpServers::started);
        beans.ifPresent(ClaudeBeans::started);
    }

    /** Without a route, a prompt would wait for one. A test may have a route of its own there. */
    private static void closeTheFrontDoor(CamelContext context, SwitchedOff failing) {
        Endpoint door = context.getEndpoint(FRONT_DOOR);
        if (context.getRoutes().stream().anyMatch(route -> route.getEndpoint() == door)) {
            return;
        }
        try {
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(FRONT_DOOR)
                            .routeId("claude-switched-off")
                            .errorHandler(noErrorHandler())
                            .process(failing);
                }
            });
        } catch (Exception failure) {
            throw new IllegalStateException("the route of " + FRONT_DOOR + " could not be added", failure);
        }
    }

    @Override
    public void onContextStopping(CamelContext context) {
        beans.ifPresent(ClaudeBeans::stopping);
        servers.ifPresent(HttpServers::stopping);
    }

    @Override
    public void onContextStopped(CamelContext context) {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception failure) {
                LOG.warn("A part of the bundle could not be closed: {}", failure.toString());
            }
        }
    }

    /** {@code message.getBody(Reply.class)}: the whole reply whose text the body is. */
    private static final class ReplyConverter extends TypeConverterSupport {
        @Override
        public <T> T convertTo(Class<T> type, Exchange exchange, Object value) {
            Request request = exchange == null ? null : Request.of(exchange);
            return request == null
                    ? null
                    : type.cast(request.progress()
                            .reply()
                            .filter(reply -> reply.text().equals(value))
                            .orElse(null));
        }
    }
}
