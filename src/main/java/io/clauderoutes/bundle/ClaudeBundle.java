package io.clauderoutes.bundle;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.batch.BatchPage;
import io.clauderoutes.batch.Batches;
import io.clauderoutes.gateway.CrossOrigin;
import io.clauderoutes.gateway.GatewayErrors;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.gateway.Guard;
import io.clauderoutes.gateway.HealthDetails;
import io.clauderoutes.gateway.IdleCallers;
import io.clauderoutes.gateway.OtherApiPaths;
import io.clauderoutes.gateway.ReceivedHeaders;
import io.clauderoutes.gateway.ServerCertificate;
import io.clauderoutes.ledger.report.UsagePage;
import io.clauderoutes.request.Flight;
import io.clauderoutes.settings.CamelSettings;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.PropertySources;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.settings.SettingsSource;
import io.clauderoutes.source.KameletParameters;
import io.clauderoutes.source.KameletSteps;
import io.clauderoutes.source.SourceGates;
import io.clauderoutes.throttle.Throttle;
import io.clauderoutes.undelivered.UndeliveredPage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.component.platform.http.main.MainHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ModelLifecycleStrategySupport;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.ContextServicePlugin;
import org.apache.camel.spi.Resource;
import org.apache.camel.spi.RoutesBuilderLoader;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.support.TypeConverterSupport;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the bundle into any Camel context that has the jar on its class path: Camel finds it as a service. The work is done
 * when the context initialises, for only then are its properties known.
 */
public final class ClaudeBundle implements ContextServicePlugin {

    /** Name of a bean that is bound where the bundle is a process of its own. */
    public static final String STANDALONE = "claudeStandalone";

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);
    private static final String METRICS_REGISTRY = "metricsRegistry";
    private static final String PACKAGED_ROUTES = "classpath:io/clauderoutes/routes/";
    private static final List<String> STAGES =
            List.of("70-fan-out", "60-redact", "50-split", "40-call", "30-cache", "20-throttle", "10-source");
    private static final List<String> BESIDE = List.of("sources/batch");
    private static final List<String> DOORS = List.of(
            "sources/http",
            "sources/http-hello",
            "sources/http-count-tokens",
            "sources/http-models",
            "sources/http-batches");
    private static final Set<String> PROFILES = Set.of("dev", "test", "prod");
    private static final String DNS_CACHE = "networkaddress.cache.ttl";
    private static final String ROUTE_FILES = ".camel.yaml";

    @Override
    public void load(CamelContext context) {
        KameletParameters parameters = new KameletParameters(context);
        loadsRoutes(context, "claudeYamlRoutes", new KameletSteps.Routes());
        loadsRoutes(context, "claudeYamlKamelets", new KameletSteps.Kamelets());
        context.getPropertiesComponent().addPropertiesFunction(parameters);
        context.addLifecycleStrategy(new Lifecycle(parameters));
    }

    private static void loadsRoutes(CamelContext context, String name, RoutesBuilderLoader loader) {
        CamelContextAware.trySetCamelContext(loader, context);
        ServiceHelper.startService(loader);
        context.getRegistry().bind(name, loader);
    }

    /**
     * All mistakes of a start that did not come as far as the bundle, those of Camel's settings among them.
     *
     * @throws SettingsException if there are any
     */
    public static void checkAll(CamelContext context) {
        Mistakes mistakes = new Mistakes();
        CamelSettings.check(context, System.getProperties(), mistakes);
        mistakes.check(() -> Lifecycle.read(context).mistakes().end());
        mistakes.end();
    }

    /** Settings as they were read, with stand-ins for what is mistaken. */
    private record Told(Map<String, String> values, ClaudeSettings settings, Mistakes mistakes) {}

    private static final class Lifecycle extends LifecycleStrategySupport {

        private final Deque<AutoCloseable> open = new ArrayDeque<>();
        private final KameletParameters parameters;

        Lifecycle(KameletParameters parameters) {
            this.parameters = parameters;
        }

        @Override
        public void onEndpointAdd(Endpoint endpoint) {
            parameters.accept(endpoint);
            ReceivedHeaders.filter(endpoint);
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
            keepLines((ModelCamelContext) context);
            boolean standalone = context.getRegistry().lookupByName(STANDALONE) != null;
            Told checked = read(context);
            if (standalone && !checked.mistakes().isEmpty()) {
                CamelSettings.check(context, System.getProperties(), checked.mistakes());
            }
            checked.mistakes().end();
            Map<String, String> values = checked.values();
            ClaudeSettings told = checked.settings();
            if (isProduction(context)) {
                new ProductionRules(Path.of("")).remarks(told).forEach(remark -> LOG.warn("Profile prod: {}", remark));
            } else if (told.ledger().enabled()) {
                new ProductionRules(Path.of("")).openData(told).ifPresent(LOG::warn);
            }
            boundDnsCache(told.call().dnsCache());
            if (standalone) {
                ShutdownStrategy shutdown = context.getShutdownStrategy();
                shutdown.setTimeUnit(TimeUnit.MILLISECONDS);
                shutdown.setTimeout(Math.max(1, told.routes().shutdownGrace().toMillis()));
            }
            ClaudeSettings settings = isSimulated(told) ? simulated(told) : told;
            ClaudeBeans beans = new ClaudeBeans(context, settings);
            open.push(beans);
            beans.bind(meterRegistry(context));
            context.getTypeConverterRegistry().addTypeConverter(Reply.class, String.class, new ReplyOfAnswer());
            HealthCheckRegistry health = HealthCheckHelper.getHealthCheckRegistry(context);
            if (health != null) {
                health.register(context.getRegistry().lookupByName("claudeHealth"));
            }
            door(context, settings.gateway());
            all(context, GatewayServers.class)
                    .forEach(
                            servers -> servers.bound(settings.gateway().bounds().connections()));
            routes(
                    context,
                    settings.routes(),
                    settings.call()
                            .deadline()
                            .plus(longestReply(settings))
                            .plus(settings.fanOut().sinkTimeout()));
            if (standalone && settings.routes().settingsReload()) {
                beans.watch(
                        new SettingsSource(context, System.getenv(), System.getProperties()),
                        values,
                        changed -> checkProduction(context, changed));
            }
        }

        private static boolean isProduction(CamelContext context) {
            return "prod".equals(context.getCamelContextExtension().getProfile());
        }

        private static void checkProduction(CamelContext context, ClaudeSettings told) {
            if (isProduction(context)) {
                new ProductionRules(Path.of("")).check(told, isSimulated(told), isManagedOpenly(context));
            }
        }

        private static Told read(CamelContext context) {
            Mistakes mistakes = new Mistakes();
            Map<String, String> values = PropertySources.of(context, System.getenv(), System.getProperties(), mistakes);
            ClaudeSettings settings = ClaudeSettings.of(values, mistakes);
            ClaudeBeans.bindForUris(context, settings);
            mistakes.check(() -> PortCheck.check(context));
            mistakes.check(() -> checkProfile(context));
            mistakes.check(() -> checkProduction(context, settings));
            StartCheck.check(context, settings, mistakes);
            List<String> nearMisses = PropertySources.nearMisses(System.getenv());
            if (context.getRegistry().lookupByName(STANDALONE) != null) {
                StartCheck.checkStandalone(settings, mistakes);
                mistakes.addAll(nearMisses);
            } else {
                nearMisses.forEach(LOG::warn);
            }
            return new Told(values, settings, mistakes);
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

        /** An application can have profiles of its own; a bundle that runs by itself has those of Camel alone. */
        private static void checkProfile(CamelContext context) {
            String profile = context.getCamelContextExtension().getProfile();
            boolean isKnown = profile == null || profile.isBlank() || PROFILES.contains(profile);
            if (!isKnown && context.getRegistry().lookupByName(STANDALONE) != null) {
                throw new SettingsException(
                        List.of("camel.main.profile=" + profile + " is not a profile: expected dev, test or prod"));
            }
        }

        private static Duration longestReply(ClaudeSettings settings) {
            return settings.endpoints().values().stream()
                    .map(ClaudeSettings.Endpoint::totalTimeout)
                    .max(Comparator.naturalOrder())
                    .orElse(Duration.ZERO);
        }

        /** The JVM reads it with the first name that it looks up; what somebody has set for the whole JVM stays. */
        private static void boundDnsCache(Duration longest) {
            if (Security.getProperty(DNS_CACHE) == null) {
                Security.setProperty(DNS_CACHE, Long.toString(longest.toSeconds()));
            }
        }

        private static boolean isManagedOpenly(CamelContext context) {
            String host = setting(context, "host", "0.0.0.0");
            boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
            return setting(context, "enabled", "false").equals("true")
                    && !loopback
                    && !setting(context, "authentication-enabled", setting(context, "authenticationEnabled", "false"))
                            .equals("true");
        }

        private static String setting(CamelContext context, String key, String otherwise) {
            return context.resolvePropertyPlaceholders("{{camel.management." + key + ":" + otherwise + "}}");
        }

        /** Whether there is nothing to call: the packaged endpoint is as it was packaged, and no key is set for it. */
        private static boolean isSimulated(ClaudeSettings settings) {
            ClaudeSettings.Endpoint primary = settings.endpoints().get("primary");
            return primary != null
                    && !settings.gateway().passThrough()
                    && primary.url().equals(ClaudeSettings.PACKAGED_URL)
                    && settings.credentials().get(primary.credential())
                            instanceof ClaudeSettings.Credential.ApiKey credential
                    && credential.key().isEmpty();
        }

        private ClaudeSettings simulated(ClaudeSettings settings) {
            ClaudeSettings.Endpoint primary = settings.endpoints().get("primary");
            ApiSimulator.Running simulator = startSimulator(settings.simulator());
            open.push(simulator);
            LOG.warn(
                    "No API key is set (ANTHROPIC_API_KEY), so a simulator at {} answers in place of the API: its answers"
                            + " are made up",
                    simulator.url());
            Map<String, ClaudeSettings.Endpoint> endpoints = new HashMap<>(settings.endpoints());
            endpoints.put("primary", primary.at(simulator.url()));
            Map<String, ClaudeSettings.Credential> credentials = new HashMap<>(settings.credentials());
            credentials.put(
                    primary.credential(),
                    new ClaudeSettings.Credential.ApiKey(
                            new ClaudeSettings.Secret("simulated", Optional.empty()), false));
            return settings.with(endpoints, credentials);
        }

        private static ApiSimulator.Running startSimulator(ClaudeSettings.Simulator settings) {
            ApiSimulator simulator = ServiceLoader.load(ApiSimulator.class, ApiSimulator.class.getClassLoader())
                    .findFirst()
                    .orElseThrow(() -> new SettingsException(List.of(
                            "claude.credentials.main.key has no value, and the simulator is not on the class path: set"
                                    + " ANTHROPIC_API_KEY, or add the jar claude-routes-simulator")));
            try {
                return simulator.start(settings);
            } catch (IllegalArgumentException mistake) {
                throw new SettingsException(List.of(mistake.getMessage()));
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

        private static void routes(CamelContext context, ClaudeSettings.Routes settings, Duration longest)
                throws Exception {
            Path folder = settings.folder();
            boolean own = !folder.toString().isEmpty() && Files.isDirectory(folder);
            RouteFiles files = new RouteFiles(folder, "*" + ROUTE_FILES, longest);
            files.setCamelContext(context);
            List<String> packaged = new ArrayList<>(STAGES);
            packaged.addAll(BESIDE);
            packaged.addAll(isDoorOpen(context) ? DOORS : List.of());
            Set<Path> named = new LinkedHashSet<>();
            for (String name : packaged) {
                Path file = folder.resolve(name + ROUTE_FILES);
                if (own && Files.exists(file)) {
                    named.add(file);
                } else {
                    files.hold(file, load(context, PACKAGED_ROUTES + name + ROUTE_FILES));
                }
            }
            if (!own) {
                return;
            }
            // First the files that stand for the packaged ones: no other file can take their routes.
            named.addAll(routeFiles(folder));
            for (Path file : named) {
                try {
                    files.checkConflicts(ResourceHelper.resolveMandatoryResource(context, "file:" + file));
                    files.hold(file, load(context, "file:" + file));
                } catch (RouteConflicts.Conflict conflict) {
                    if (packaged.stream().anyMatch(name -> file.equals(folder.resolve(name + ROUTE_FILES)))) {
                        throw new SettingsException(List.of("claude.routes=" + folder + ": " + conflict.getMessage()));
                    }
                    LOG.warn("Route file {} is not loaded: {}", file, conflict.getMessage());
                }
            }
            if (settings.reload()) {
                context.addService(files, true, true);
            }
        }

        private static boolean isDoorOpen(CamelContext context) {
            return context.resolvePropertyPlaceholders("{{camel.server.enabled:false}}")
                    .equals("true");
        }

        /** The HTTP server of Camel gets what the gateway's settings say of it. */
        private static void door(CamelContext context, ClaudeSettings.Gateway settings) {
            if (!isDoorOpen(context)) {
                return;
            }
            if (settings.keys().isEmpty() && !settings.passThrough()) {
                LOG.info("The gateway serves only clients on this machine: no claude.gateway.keys are set");
            }
            settings.certificate().ifPresent(certificate -> {
                MainHttpServer server = context.hasService(MainHttpServer.class);
                if (server == null) {
                    throw new SettingsException(List.of(
                            "claude.gateway.certificate: this application's own HTTP server is to be set up for TLS"));
                }
                server.setSslContextParameters(
                        ServerCertificate.of(certificate, settings.privateKey().orElseThrow()));
            });
        }

        private static Resource load(CamelContext context, String file) throws Exception {
            Resource resource = ResourceHelper.resolveMandatoryResource(context, file);
            PluginHelper.getRoutesLoader(context).loadRoutes(resource);
            return resource;
        }

        private static List<Path> routeFiles(Path folder) {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.filter(file -> file.toString().endsWith(ROUTE_FILES))
                        .sorted()
                        .toList();
            } catch (IOException unreadable) {
                throw new UncheckedIOException("claude.routes=" + folder + " cannot be read", unreadable);
            }
        }

        /** No route serves a request before the guard has seen it. */
        @Override
        public void onRoutesAdd(Collection<Route> routes) {
            routes.stream().map(Route::getCamelContext).distinct().forEach(Lifecycle::guard);
        }

        private static void guard(CamelContext context) {
            Set<VertxPlatformHttpRouter> routers = context.getRegistry().findByType(VertxPlatformHttpRouter.class);
            all(context, Guard.class).forEach(guard -> guard.install(routers));
        }

        /** The HTTP server is there only now. */
        @Override
        public void onContextStarted(CamelContext context) {
            guard(context);
            Set<VertxPlatformHttpRouter> routers = context.getRegistry().findByType(VertxPlatformHttpRouter.class);
            all(context, OtherApiPaths.class).forEach(paths -> paths.install(routers));
            all(context, GatewayErrors.class).forEach(errors -> errors.install(routers));
            all(context, IdleCallers.class)
                    .forEach(callers -> callers.install(routers, all(context, GatewayServers.class)));
            all(context, CrossOrigin.class).forEach(pages -> pages.install(routers));
            all(context, HealthDetails.class).forEach(details -> details.install(routers));
            all(context, UsagePage.class).forEach(page -> page.install(routers));
            all(context, BatchPage.class).forEach(page -> page.install(routers));
            all(context, UndeliveredPage.class).forEach(page -> page.install(routers));
            all(context, Batches.class).forEach(Batches::begin);
            all(context, ClaudeHealth.class).forEach(ClaudeHealth::started);
        }

        /** Camel would answer 503 and nothing else to those who come while it waits for requests under way. */
        @Override
        public void onContextStopping(CamelContext context) {
            Set<VertxPlatformHttpRouter> routers = context.getRegistry().findByType(VertxPlatformHttpRouter.class);
            all(context, ClaudeHealth.class).forEach(ClaudeHealth::stopping);
            all(context, SourceGates.class).forEach(SourceGates::stop);
            all(context, Throttle.class).forEach(Throttle::stop);
            all(context, GatewayErrors.class).forEach(errors -> errors.stop(routers));
        }

        private static <T> Set<T> all(CamelContext context, Class<T> type) {
            return context.getRegistry().findByType(type);
        }

        @Override
        public void onContextStopped(CamelContext context) {
            while (!open.isEmpty()) {
                try {
                    open.pop().close();
                } catch (Exception failure) {
                    LOG.warn("something did not close: {}", failure.toString());
                }
            }
        }
    }

    /** {@code message.getBody(Reply.class)} on an answer: the whole reply that its text is of. */
    private static final class ReplyOfAnswer extends TypeConverterSupport {
        @Override
        public <T> T convertTo(Class<T> type, Exchange exchange, Object value) {
            Flight flight = exchange == null ? null : exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
            return flight == null
                    ? null
                    : type.cast(flight.reply()
                            .filter(reply -> reply.text().equals(value))
                            .orElse(null));
        }
    }
}
