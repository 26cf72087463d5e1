package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.call.PassThroughCalls.Upload;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.server.HttpServerExtension;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Passes on every other path of the API, such as Files and Skills, for clients that show credentials of the endpoint's own: same
 * method, same path, same body. Bodies have any size, unless prompts are redacted. It comes after all routes, so a path that a route serves never comes here.
 */
public final class OtherApiPaths implements HttpServerExtension {

    /** After the routes, and before the 404 of {@link GatewayErrors}, which is the last handler. */
    private static final int AFTER_ROUTES = Integer.MAX_VALUE - 1;

    private static final int TOO_LARGE = 413;

    /** Tells paths whose bodies are passed on while they come. */
    @FunctionalInterface
    public interface Streamed extends Predicate<String> {}

    private final PassThroughEndpoint door;
    private final StreamedPassThrough streamed;
    private final Guard guard;
    private final MessageJson json;
    private final long longest;
    private final Streamed streamedPaths;

    /**
     * Serves these paths.
     *
     * @param streamedPaths paths whose bodies are passed on while they come
     * @param longest bytes of any other body
     */
    public OtherApiPaths(
            PassThroughEndpoint door,
            StreamedPassThrough streamed,
            Streamed streamedPaths,
            Guard guard,
            MessageJson json,
            long longest) {
        this.door = door;
        this.streamed = streamed;
        this.streamedPaths = streamedPaths;
        this.guard = guard;
        this.json = json;
        this.longest = longest;
    }

    /** Serves these paths from now on. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream()
                .filter(VertxPlatformHttpRouter::isMainServer)
                .forEach(router -> router.route("/v1/*").order(AFTER_ROUTES).handler(this::asked));
    }

    private void asked(RoutingContext asked) {
        HttpServerRequest request = asked.request();
        Client client = guard.client(request);
        if (client.credential().isEmpty() || !GatewayPaths.isOther(GatewayPaths.plain(request.path()))) {
            asked.next();
            return;
        }
        if (streamedPaths.test(GatewayPaths.plain(request.path()))) {
            stream(asked, client);
            return;
        }
        Buffer body = Buffer.buffer();
        request.handler(bytes -> {
            if (body.length() <= longest) {
                body.appendBuffer(bytes);
            }
        });
        request.endHandler(end -> pass(asked, client, body));
    }

    private void stream(RoutingContext asked, Client client) {
        HttpServerRequest request = asked.request();
        OptionalLong length = length(request);
        Optional<Upload> body = length.isEmpty()
                ? Optional.empty()
                : Optional.of(new Upload(new RequestStream(request, Vertx.currentContext()), length.getAsLong()));
        asked.vertx()
                .executeBlocking(
                        () -> {
                            streamed.pass(request, body, client);
                            return client;
                        },
                        false)
                .onFailure(asked::fail);
    }

    /** Bytes of a body, negative where they are not known; empty where there is no body. */
    private static OptionalLong length(HttpServerRequest request) {
        String header = request.getHeader("content-length");
        if (header == null) {
            return request.headers().contains("transfer-encoding") ? OptionalLong.of(-1) : OptionalLong.empty();
        }
        // The server has refused what is no number.
        long bytes = Long.parseLong(header.trim());
        return bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    private void pass(RoutingContext asked, Client client, Buffer body) {
        if (body.length() > longest) {
            ApiError error = ApiError.ours(
                    TOO_LARGE,
                    "request_too_large",
                    "the request is longer than this gateway takes (camel.server.max-body-size=" + longest + ")");
            GatewayErrors.answer(asked.response(), error, json);
            return;
        }
        asked.vertx()
                .executeBlocking(() -> door.response(asked.request(), body, client), false)
                .onSuccess(response -> PassThroughEndpoint.send(response, asked.response()))
                .onFailure(asked::fail);
    }
}
