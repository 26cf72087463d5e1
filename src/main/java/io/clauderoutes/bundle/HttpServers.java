package io.clauderoutes.bundle;

import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.gateway.Guard;
import io.clauderoutes.gateway.ServerCertificate;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.settings.SettingsException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.main.MainHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Camel's HTTP servers, as the bundle sets them up and extends them. */
final class HttpServers {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);

    private final CamelContext context;
    private volatile boolean forClients = true;

    HttpServers(CamelContext context) {
        this.context = context;
    }

    /** Whether the paths of the gateway are served. */
    boolean isGatewayOn(GatewaySettings settings) {
        return settings.enabled() && isServerOn();
    }

    private boolean isServerOn() {
        return context.resolvePropertyPlaceholders("{{camel.server.enabled:false}}")
                .equals("true");
    }

    /**
     * Sets the servers up before they start.
     *
     * @param standalone whether the servers are the bundle's own; an application's server is left alone unless its settings name clients
     */
    void prepare(GatewaySettings settings, boolean standalone) {
        boolean anybody =
                settings.access().keys().isEmpty() && !settings.access().passThrough();
        forClients = standalone || settings.enabled() || !anybody;
        if (isServerOn()) {
            if (settings.enabled() && anybody) {
                LOG.info("The gateway serves only clients on this machine: no claude.gateway.keys are set");
            }
            settings.tls().certificate().ifPresent(certificate -> server().setSslContextParameters(ServerCertificate.of(
                    certificate, settings.tls().privateKey().orElseThrow())));
        } else if (settings.enabled() && !standalone) {
            LOG.warn("claude.gateway.enabled=true has no effect: the gateway needs the HTTP server of Camel Main"
                    + " (camel.server.enabled=true). Applications of Spring Boot and Quarkus do not have it:"
                    + " run the standalone bundle beside them");
        }
        all(GatewayServers.class)
                .forEach(servers -> servers.bound(settings.bounds().connections()));
    }

    private MainHttpServer server() {
        MainHttpServer server = context.hasService(MainHttpServer.class);
        if (server == null) {
            throw new SettingsException(List.of(
                    "claude.gateway.certificate: this application has an HTTP server of its own: set up TLS there"));
        }
        return server;
    }

    /** Installs the guard on the servers that have started: no route serves a request before it. */
    void guard() {
        Set<VertxPlatformHttpRouter> routers = routers();
        all(Guard.class).forEach(guard -> guard.install(routers));
    }

    /** The servers have started: installs all extensions. */
    void started() {
        guard();
        Set<VertxPlatformHttpRouter> routers = routers();
        all(HttpServerExtension.class).forEach(extension -> extension.install(routers));
    }

    /** Camel alone would reply 503 without a body to requests that come while it waits for others. */
    void stopping() {
        Set<VertxPlatformHttpRouter> routers = routers();
        all(HttpServerExtension.class).forEach(extension -> extension.stopping(routers));
    }

    private Set<VertxPlatformHttpRouter> routers() {
        Set<VertxPlatformHttpRouter> routers = new LinkedHashSet<>(all(VertxPlatformHttpRouter.class));
        routers.removeIf(router -> !forClients && !router.isManagementServer());
        return routers;
    }

    private <T> Set<T> all(Class<T> type) {
        return context.getRegistry().findByType(type);
    }
}
