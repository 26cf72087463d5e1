package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.server.HttpServerExtension;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.Optional;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * {@code GET /v1/messages/streams/{id}} continues a retained reply from the event in {@code last-event-id}, and {@code DELETE} ends
 * its call. No thread waits for the reply.
 */
public final class StreamsEndpoint implements HttpServerExtension {

    private static final String PATH = "/v1/messages/streams/:id";
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERROR = 500;

    private final StreamRetention retention;
    private final Guard guard;
    private final MessageJson json;
    private final RequestOutcomes outcomes;

    /** @param guard has checked each request before */
    public StreamsEndpoint(StreamRetention retention, Guard guard, MessageJson json, RequestOutcomes outcomes) {
        this.retention = retention;
        this.guard = guard;
        this.json = json;
        this.outcomes = outcomes;
    }

    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream().filter(VertxPlatformHttpRouter::isMainServer).forEach(router -> {
            router.get(PATH).order(0).handler(this::resume);
            router.delete(PATH).order(0).handler(this::cancel);
        });
    }

    private void resume(RoutingContext asked) {
        HttpServerRequest request = asked.request();
        Context serverThread = Vertx.currentContext();
        find(asked).onComplete(found -> {
            try {
                long after = StreamRetention.lastEvent(request.headers());
                retention.sendAgain("resumed", reply(found), after, serverThread, asked.response());
            } catch (ClaudeException refused) {
                refuse(asked, refused);
            }
        });
    }

    private void cancel(RoutingContext asked) {
        find(asked).onComplete(found -> {
            try {
                reply(found).cancel();
                asked.response().setStatusCode(NO_CONTENT).end();
            } catch (ClaudeException refused) {
                refuse(asked, refused);
            }
        });
    }

    /** Looks for the reply in memory, and then in the store, which takes time. */
    private Future<Optional<RetainedReply>> find(RoutingContext asked) {
        String id = asked.pathParam("id");
        String client = guard.client(asked.request()).name();
        Optional<RetainedReply> found = retention.replies().find(id, client);
        return found.isPresent() || !retention.replies().isStored()
                ? Future.succeededFuture(found)
                : asked.vertx().executeBlocking(() -> retention.replies().load(id, client), false);
    }

    private static RetainedReply reply(AsyncResult<Optional<RetainedReply>> found) {
        if (found.failed()) {
            throw ClaudeException.causeOf(found.cause())
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(SERVER_ERROR, "api_error", "the stored reply could not be read"),
                            found.cause()));
        }
        return found.result()
                .orElseThrow(() -> new ClaudeException.Rejected(ApiError.ours(
                        NOT_FOUND,
                        "not_found_error",
                        "no reply with this id is retained for this client: replies are retained with the request header"
                                + " x-claude-routes-resumable: 1, until claude.resume.keep after their end")));
    }

    private void refuse(RoutingContext asked, ClaudeException refused) {
        HttpServerResponse response = asked.response();
        outcomes.refused(
                response.headers().get(Correlation.REQUEST_ID),
                RequestOrigin.address(asked.request()),
                refused.error());
        GatewayErrors.answer(response, refused.error(), json);
    }
}
