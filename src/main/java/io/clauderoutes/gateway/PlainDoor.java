package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeSettings.CallerKey;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * What the gateway passes on unread: counting tokens and listing models, and every other path of the API for clients that show
 * credentials of the endpoint's own. With our credential a client would see everybody's batches and files, and spend what no ledger
 * knows of, so nothing else is passed on with it.
 */
public final class PlainDoor implements Processor {

    private static final String CONTENT_TYPE = "content-type";

    private final Guard guard;
    private final MessageJson json;
    private final Function<PlainRequest, PlainResponse> api;

    /**
     * Passes requests on.
     *
     * @param guard has seen each request before
     * @param api makes the call
     */
    public PlainDoor(Guard guard, MessageJson json, Function<PlainRequest, PlainResponse> api) {
        this.guard = guard;
        this.json = json;
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
            response.putHeader(RequestIds.HEADER, RequestIds.next());
        }
        response.end(Buffer.buffer(its.body().bytes()));
    }

    /** What the endpoint says to a request, or why it is not passed on. */
    PlainResponse response(HttpServerRequest request, Object body, Client caller) {
        try {
            return passed(request, body, caller);
        } catch (ClaudeException failure) {
            return refusal(new DoorPaths.Refusal(failure.error(), Map.of()));
        }
    }

    private PlainResponse passed(HttpServerRequest request, Object body, Client caller) {
        String method = request.method().name();
        String path = DoorPaths.plain(request.path());
        // Messages go through the stages, whatever route leads them here.
        boolean passes = (DoorPaths.method(path).filter(method::equals).isPresent() && !path.equals(DoorPaths.MESSAGES))
                || (caller.credential().isPresent() && DoorPaths.isOther(path));
        if (!passes) {
            return refusal(DoorPaths.refusal(method, request.path()));
        }
        byte[] sent = SentBody.of(body, request);
        guard.bodyTaken(request, sent.length);
        return api.apply(asked(request, path, sent, caller));
    }

    private PlainResponse refusal(DoorPaths.Refusal refusal) {
        return new PlainResponse(refusal.error().status(), refusal.headers(), new Frame(json.bytes(refusal.error())));
    }

    private static PlainRequest asked(HttpServerRequest request, String path, byte[] body, Client caller) {
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (ClientHeaders.isForwarded(name) || name.equals(CONTENT_TYPE)) {
                headers.merge(name, header.getValue(), (first, second) -> first + "," + second);
            }
        });
        String query = request.query();
        String uri = query == null || query.isEmpty() ? path : path + "?" + query;
        return new PlainRequest(
                request.method().name(),
                uri,
                headers,
                new Frame(body),
                caller.credential(),
                caller.key().flatMap(CallerKey::redactPolicy));
    }
}
