package io.clauderoutes.gateway;

import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.MessageJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** Gives the HTTP server's own refusals the API's shape, so that Claude clients raise their own errors for them. */
public final class DoorErrors {

    private static final int TOO_LARGE = 413;

    private final MessageJson json;

    public DoorErrors(MessageJson json) {
        this.json = json;
    }

    /** Answers for what fails below {@code /v1} before it reaches a route. */
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream().filter(VertxPlatformHttpRouter::isMainServer).forEach(router -> router.route("/v1/*")
                .failureHandler(this::tell));
    }

    private void tell(RoutingContext failed) {
        if (failed.response().headWritten()) {
            failed.next();
            return;
        }
        ApiError error = failed.statusCode() == TOO_LARGE
                ? ApiError.ours(
                        TOO_LARGE,
                        "request_too_large",
                        "the request is longer than this gateway takes (camel.server.max-body-size)")
                : ApiError.ours(failed.statusCode() > 0 ? failed.statusCode() : 500, "api_error", "the gateway failed");
        failed.response()
                .setStatusCode(error.status())
                .putHeader("content-type", "application/json")
                .end(Buffer.buffer(json.bytes(error)));
    }
}
