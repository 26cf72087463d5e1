package io.clauderoutes.server;

import java.util.Collection;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** A part of the bundle that adds paths or checks to Camel's HTTP servers. The bundle finds its extensions in the registry. */
public interface HttpServerExtension {

    /** Adds to these servers, once they have started. */
    void install(Collection<VertxPlatformHttpRouter> routers);

    /** The bundle is about to stop. Requests in progress continue to their end. */
    default void stopping(Collection<VertxPlatformHttpRouter> routers) {
        // most extensions serve until the end
    }
}
