package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.server.RemoteClient;
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
                retention.sendAgain("resumed", StreamRetention.found(found), after, serverThread, asked.response());
            } catch (ClaudeException refused) {
                refuse(asked, refused);
            }
        });
    }

    private void cancel(RoutingContext asked) {
        find(asked).onComplete(found -> {
            try {
                StreamRetention.found(found).cancel();
                asked.response().setStatusCode(NO_CONTENT).end();
            } catch (ClaudeException refused) {
                refuse(asked, refused);
            }
        });
    }

    private Future<Optional<RetainedReply>> find(RoutingContext asked) {
        return retention.find(
                asked.pathParam("id"), guard.client(asked.request()).name(), asked.vertx());
    }

    private void refuse(RoutingContext asked, ClaudeException refused) {
        HttpServerResponse response = asked.response();
        outcomes.refused(
                response.headers().get(Correlation.REQUEST_ID), RemoteClient.address(asked.request()), refused.error());
        GatewayErrors.answer(response, refused.error(), json);
    }
}
