package io.clauderoutes.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;

/** The copy of a request's body that the HTTP server holds until the response has ended. */
final class ServerBody {

    private ServerBody() {}

    /** Lets go of the copy: the request holds its own. */
    static void forget(RoutingContext context) {
        if (context instanceof RoutingContextInternal held) {
            held.setBody(Buffer.buffer(0));
        }
    }
}
