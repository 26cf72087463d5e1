package io.clauderoutes.gateway;

import io.clauderoutes.server.HttpServerExtension;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.handler.CorsHandler;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Lets pages of some origins call the gateway from a browser, with whatever headers they send, and read all of the answer. A page
 * shows its key itself: a browser's own credentials are never taken.
 */
public final class CrossOrigin implements HttpServerExtension {

    /** A page may read its refusals too. */
    private static final int BEFORE_THE_GUARD = -20;

    private static final Duration REMEMBERED = Duration.ofHours(1);

    private final List<String> origins;

    /**
     * Lets some in.
     *
     * @param origins such as {@code https://chat.example.com}; none means that pages of other origins are refused
     */
    public CrossOrigin(List<String> origins) {
        this.origins = List.copyOf(origins);
    }

    /** Sees every request before a route does. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        if (origins.isEmpty()) {
            return;
        }
        CorsHandler cors = CorsHandler.create()
                .addOrigins(origins)
                .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE))
                .exposedHeader("*")
                .maxAgeSeconds((int) REMEMBERED.toSeconds());
        routers.stream()
                .filter(VertxPlatformHttpRouter::isMainServer)
                .forEach(router -> router.route("/v1/*").order(BEFORE_THE_GUARD).handler(cors));
    }
}
