package io.clauderoutes.gateway;

import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.MessageJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * Passes on every other path of the API, such as Files and Skills, for clients that show credentials of the endpoint's own: same
 * method, same path, same body. It comes after all routes, so a path that a route serves never comes here.
 */
public final class OtherApiPaths {

    private static final int TOO_LARGE = 413;

    private final PlainDoor door;
    private final Guard guard;
    private final MessageJson json;
    private final long longest;

    /** @param longest bytes of a body */
    public OtherApiPaths(PlainDoor door, Guard guard, MessageJson json, long longest) {
        this.door = door;
        this.guard = guard;
        this.json = json;
        this.longest = longest;
    }

    /** Serves these paths from now on. */
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream()
                .filter(VertxPlatformHttpRouter::isMainServer)
                .forEach(router -> router.route("/v1/*").last().handler(this::asked));
    }

    private void asked(RoutingContext asked) {
        HttpServerRequest request = asked.request();
        Client client = guard.client(request);
        if (client.credential().isEmpty() || !DoorPaths.isOther(DoorPaths.plain(request.path()))) {
            asked.next();
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

    private void pass(RoutingContext asked, Client client, Buffer body) {
        if (body.length() > longest) {
            ApiError error = ApiError.ours(
                    TOO_LARGE,
                    "request_too_large",
                    "the request is longer than this gateway takes (camel.server.max-body-size=" + longest + ")");
            DoorErrors.answer(asked.response(), error, json);
            return;
        }
        asked.vertx()
                .executeBlocking(() -> door.response(asked.request(), body, client), false)
                .onSuccess(response -> PlainDoor.send(response, asked.response()))
                .onFailure(asked::fail);
    }
}
