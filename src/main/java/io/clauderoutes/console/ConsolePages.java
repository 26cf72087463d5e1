package io.clauderoutes.console;

import io.clauderoutes.server.HttpServerExtension;
import java.util.Collection;
import java.util.List;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** The console on the management servers: the check of each request, and the parts that respond. */
public final class ConsolePages implements HttpServerExtension {

    /** The paths of the console; a path that ends with {@code /*} is a prefix. */
    public static final List<String> PATHS = List.of("/", "/console/*");

    private static final int AFTER_GUARD = -8;

    private final ConsoleAccess access;
    private final List<ConsolePart> parts;

    public ConsolePages(ConsoleAccess access, List<ConsolePart> parts) {
        this.access = access;
        this.parts = List.copyOf(parts);
    }

    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        for (VertxPlatformHttpRouter router : routers) {
            if (router.isManagementServer()) {
                PATHS.forEach(path -> router.route(path).order(AFTER_GUARD).handler(access::check));
                parts.forEach(part -> part.add(router));
            }
        }
    }
}
