package io.clauderoutes.gateway;

import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.server.RemoteClient;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.Collection;
import java.util.Map;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** Shows clients on this machine the details of health, unless their request says otherwise: Camel shows none by default. */
public final class HealthDetails implements HttpServerExtension {

    /** After the guard, and before the handlers of Camel. */
    private static final int AFTER_GUARD = -9;

    private static final Map<String, String> SHOWN = Map.of("exposureLevel", "full", "data", "true");

    private final OpenPaths paths;

    /** @param paths of the management server that tell its health */
    public HealthDetails(OpenPaths paths) {
        this.paths = paths;
    }

    /** Adds the details to the management servers among these. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        for (VertxPlatformHttpRouter router : routers) {
            if (router.isManagementServer()) {
                router.route().order(AFTER_GUARD).handler(context -> {
                    show(context.request());
                    context.next();
                });
            }
        }
    }

    private void show(HttpServerRequest request) {
        if (paths.contains(request.path()) && RemoteClient.isLocal(request)) {
            MultiMap parameters = request.params();
            SHOWN.forEach((name, value) -> {
                if (!parameters.contains(name)) {
                    parameters.set(name, value);
                }
            });
        }
    }
}
