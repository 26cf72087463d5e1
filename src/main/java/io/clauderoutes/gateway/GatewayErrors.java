package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.server.RemoteClient;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.function.Consumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** Gives the HTTP server's own refusals the API's shape, so that Claude clients raise their own errors for them. */
public final class GatewayErrors implements HttpServerExtension {

    private static final int TOO_LARGE = 413;
    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int SERVER_ERROR = 500;

    private final MessageJson json;
    private final RequestOutcomes outcomes;
    private final Consumer<Throwable> failures;

    /** @param failures receives each failure of a request that no route has handled */
    public GatewayErrors(MessageJson json, RequestOutcomes outcomes, Consumer<Throwable> failures) {
        this.json = json;
        this.outcomes = outcomes;
        this.failures = failures;
    }

    /** Answers for what fails below {@code /v1} before it reaches a route, and for what no route takes. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.forEach(router -> router.route().failureHandler(this::unlessNobodyIsThere));
        routers.stream().filter(VertxPlatformHttpRouter::isMainServer).forEach(router -> {
            router.route("/v1/*").failureHandler(this::tell);
            router.route().last().handler(this::nothingThere);
        });
    }

    /** Refuses new requests from now on. Requests in progress continue to their end. */
    @Override
    public void stopping(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream()
                .filter(VertxPlatformHttpRouter::isMainServer)
                .forEach(router -> router.route("/v1/*").order(-1).handler(this::stopping));
    }

    private void stopping(RoutingContext asked) {
        asked.response().putHeader("connection", "close").putHeader("retry-after", "1");
        refuse(asked, ApiError.ours(503, "api_error", "the gateway is stopping"));
    }

    /** A caller who has left cannot be told, and the router would log it as an error of ours. */
    private void unlessNobodyIsThere(RoutingContext failed) {
        if (failed.failure() != null) {
            failures.accept(failed.failure());
        }
        if (!(failed.failure() instanceof HttpClosedException)) {
            failed.next();
        }
    }

    private void nothingThere(RoutingContext asked) {
        GatewayPaths.Refusal refusal = GatewayPaths.refusal(
                asked.request().method().name(), asked.request().path());
        refusal.headers().forEach(asked.response()::putHeader);
        refuse(asked, refusal.error());
    }

    private void tell(RoutingContext failed) {
        if (failed.response().headWritten()) {
            failed.next();
            return;
        }
        refuse(failed, error(failed.statusCode()));
    }

    private void refuse(RoutingContext refused, ApiError error) {
        outcomes.refused(RequestIds.of(refused.response()), RemoteClient.address(refused.request()), error);
        answer(refused.response(), error, json);
    }

    private static ApiError error(int status) {
        if (status == TOO_LARGE) {
            return ApiError.ours(
                    TOO_LARGE,
                    "request_too_large",
                    "the request is longer than this gateway takes (camel.server.max-body-size)");
        }
        if (status == FORBIDDEN) {
            return ApiError.ours(
                    FORBIDDEN, "permission_error", "pages of this origin are not served (claude.gateway.cors.origins)");
        }
        return status >= BAD_REQUEST && status < SERVER_ERROR
                ? ApiError.ours(status, "invalid_request_error", "the request is not one that HTTP allows")
                : ApiError.ours(status > 0 ? status : SERVER_ERROR, "api_error", "the gateway failed");
    }

    /** Ends a response with a refusal. */
    static Future<Void> answer(HttpServerResponse response, ApiError error, MessageJson json) {
        ApiError named = error.requestId().isPresent() ? error : error.withRequestId(RequestIds.of(response));
        return response.setStatusCode(named.status())
                .putHeader("content-type", "application/json")
                .putHeader(RequestIds.HEADER, named.requestId().orElseThrow())
                .end(Buffer.buffer(json.bytes(named, ServerSpans.traceId(response))));
    }
}
