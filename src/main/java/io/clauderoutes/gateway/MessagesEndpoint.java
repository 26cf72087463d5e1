package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.request.Request;
import io.clauderoutes.resume.RetainedReplies.Begun;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetentionRequest;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * {@code POST /v1/messages}: takes a request in as it is, byte for byte, and gives the reply back as the API would. All that
 * is ours here is who may come in, and the error when we refuse.
 */
public final class MessagesEndpoint {

    private final ClientRequests requests;
    private final StreamRetention retention;
    private final Guard guard;
    private final MessageJson json;
    private final Supplier<String> ids;
    private final BundleRuntime runtime;

    /**
     * Serves clients.
     *
     * @param guard has checked each request before
     * @param ids of prompts
     */
    public MessagesEndpoint(
            ClientRequests requests,
            StreamRetention retention,
            Guard guard,
            MessageJson json,
            Supplier<String> ids,
            BundleRuntime runtime) {
        this.requests = requests;
        this.retention = retention;
        this.guard = guard;
        this.json = json;
        this.ids = ids;
        this.runtime = runtime;
    }

    /**
     * Makes the prompt that goes to {@code direct:claude}, and keeps the response for the reply. A request that was sent before gets
     * its reply here, and the route ends.
     */
    public void open(Exchange exchange) {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Object body = message.getBody();
        GatewaySettings settings = requests.settings();
        ClientResponse response = new ClientResponse(
                Vertx.currentContext(),
                message.getResponse(),
                json,
                settings.connections().writeTimeout());
        response.putOn(exchange);
        message.setBody(null);
        message.getHeaders().clear();
        Client from = guard.client(request);
        ClientRequests.identify(exchange, from, RequestIds.of(message.getResponse()), guard.span(request));
        byte[] sent = SentBody.of(body, request);
        guard.bodyTaken(request, sent.length);
        MessagesRequest asked = requests.prompts().request(sent);
        MultiMap headers = request.headers();
        String id = ids.get();
        Optional<RetentionRequest> retained = retention.wanted(id, from, headers, asked, sent);
        ReplyWriter writer = response;
        if (retained.isPresent()) {
            long after = StreamRetention.lastEvent(headers);
            Begun begun = retention.replies().begin(retained.get());
            RetainedReply reply = begun.reply();
            Context serverThread = Vertx.currentContext();
            if (!begun.isNew()) {
                exchange.setRouteStop(true);
                retention
                        .sendAgain("joined", reply, after, serverThread, message.getResponse())
                        .over()
                        .join();
                return;
            }
            RetainedReader reader = retention.send(reply, after, serverThread, message.getResponse());
            writer = RetainedResponse.begin(exchange, reply, retention.replies(), json, asked.stream(), reader.over());
        } else {
            if (ResponseCompression.isAccepted(request)) {
                response.compress();
            }
            if (asked.stream()) {
                response.pinging(
                        settings.connections().pingInterval(), runtime.threads().timer());
            }
        }
        String query = Optional.ofNullable(request.query()).orElse("");
        requests.begin(exchange, new ClientRequests.Sent(id, from, asked, headers, query), writer);
    }

    /** Sends the reply to the client. */
    public void answer(Exchange exchange) {
        ReplyWriter.of(exchange).answer(Request.of(exchange).progress().reply().orElseThrow());
        done(exchange);
    }

    /** Sends the error to the client. */
    public void fail(Exchange exchange) {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        ReplyWriter.of(exchange)
                .fail(ClaudeException.causeOf(cause)
                        .orElseGet(() -> new ClaudeException.Unavailable(
                                ApiError.ours(500, "api_error", "the request failed inside the gateway"), cause)));
        done(exchange);
    }

    /** The response is written already: the server is to add nothing. */
    private static void done(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setBody(null);
        message.getHeaders().clear();
    }
}
