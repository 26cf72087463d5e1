package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.request.RequestOutcomes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * What the gateway passes on unread: counting tokens and listing models, and every other path of the API for clients that show
 * credentials of the endpoint's own. With our credential a client would see everybody's batches and files, and spend what no ledger
 * knows of, so nothing else is passed on with it.
 */
public final class PassThroughEndpoint implements Processor {

    private static final int BAD_REQUEST = 400;
    private static final String CONTENT_TYPE = "content-type";
    private static final String CONTENT_ENCODING = "content-encoding";

    private final Guard guard;
    private final MessageJson json;
    private final RequestOutcomes outcomes;
    private final Function<PlainRequest, PlainResponse> api;

    /**
     * Passes requests on.
     *
     * @param guard has seen each request before
     * @param api makes the call
     */
    public PassThroughEndpoint(
            Guard guard, MessageJson json, RequestOutcomes outcomes, Function<PlainRequest, PlainResponse> api) {
        this.guard = guard;
        this.json = json;
        this.outcomes = outcomes;
        this.api = api;
    }

    @Override
    public void process(Exchange exchange) {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Object body = message.getBody();
        message.setBody(null);
        message.getHeaders().clear();
        send(response(request, body, guard.client(request)), message.getResponse());
    }

    /** Writes a response. */
    static void send(PlainResponse its, HttpServerResponse response) {
        response.setStatusCode(its.status());
        its.headers().forEach(response::putHeader);
        if (!its.headers().containsKey(CONTENT_TYPE)) {
            response.putHeader(CONTENT_TYPE, "application/json");
        }
        if (!its.headers().containsKey(RequestIds.HEADER)) {
            response.putHeader(RequestIds.HEADER, RequestIds.of(response));
        }
        response.end(Buffer.buffer(its.body().bytes()));
    }

    /** What the endpoint says to a request, or why it is not passed on. */
    PlainResponse response(HttpServerRequest request, Object body, Client caller) {
        PlainResponse response;
        try {
            response = passed(request, body, caller);
        } catch (ClaudeException failure) {
            response = refusal(new GatewayPaths.Refusal(failure.error(), Map.of()));
        }
        if (response.status() >= BAD_REQUEST) {
            outcomes.refused(
                    request.response().headers().get(Correlation.REQUEST_ID),
                    caller.name(),
                    json.error(response.status(), Map.of(), response.body().bytes(), Optional.empty()));
        }
        return response;
    }

    private PlainResponse passed(HttpServerRequest request, Object body, Client caller) {
        String method = request.method().name();
        String path = GatewayPaths.plain(request.path());
        // Messages go through the stages, whatever route leads them here.
        boolean passes =
                (GatewayPaths.methods(path).filter(method::equals).isPresent() && !path.equals(GatewayPaths.MESSAGES))
                        || (caller.credential().isPresent() && GatewayPaths.isOther(path));
        if (!passes) {
            return refusal(GatewayPaths.refusal(method, request.path()));
        }
        byte[] sent = SentBody.of(body, request);
        guard.bodyTaken(request, sent.length);
        return api.apply(asked(request, path, sent, caller));
    }

    private PlainResponse refusal(GatewayPaths.Refusal refusal) {
        ApiError error = RequestIds.named(refusal.error());
        Map<String, String> headers = new HashMap<>(refusal.headers());
        error.requestId().ifPresent(id -> headers.put(RequestIds.HEADER, id));
        return new PlainResponse(error.status(), headers, new Frame(json.bytes(error)));
    }

    /** A request whose body is passed on beside it. */
    static PlainRequest asked(HttpServerRequest request, String path, Client caller) {
        PlainRequest asked = asked(request, path, new byte[0], caller);
        Optional.ofNullable(request.getHeader(CONTENT_ENCODING))
                .ifPresent(coding -> asked.headers().put(CONTENT_ENCODING, coding));
        return asked;
    }

    private static PlainRequest asked(HttpServerRequest request, String path, byte[] body, Client caller) {
        Map<String, String> headers = ClientHeaders.forwarded(request.headers());
        String type = String.join(",", request.headers().getAll(CONTENT_TYPE));
        if (!type.isEmpty()) {
            headers.put(CONTENT_TYPE, type);
        }
        String query = request.query();
        String uri = query == null || query.isEmpty() ? path : path + "?" + query;
        return new PlainRequest(
                request.method().name(),
                uri,
                headers,
                new Frame(body),
                caller.credential(),
                caller.key().flatMap(key -> key.replies().redactPolicy()));
    }
}
