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
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * What the HTTP door passes through: counting tokens and listing models, and batches of callers who show credentials of their
 * own. Whatever else is asked for does not exist here, so that nobody reaches more of the API with our credential than was meant.
 */
public final class PlainDoor implements Processor {

    /** With our credential a caller would see everybody's batches, ours among them, and spend what no ledger knows of. */
    private static final Pattern WITH_THEIR_OWN =
            Pattern.compile("(GET|POST) /v1/messages/batches|GET /v1/messages/batches/[A-Za-z0-9_-]+(/results)?"
                    + "|DELETE /v1/messages/batches/[A-Za-z0-9_-]+|POST /v1/messages/batches/[A-Za-z0-9_-]+/cancel");

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
        PlainResponse answer;
        try {
            answer = answer(request, body, guard.client(request));
        } catch (ClaudeException failure) {
            answer = refusal(new DoorPaths.Refusal(failure.error(), Map.of()));
        }
        HttpServerResponse response = message.getResponse();
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (!answer.headers().containsKey("content-type")) {
            response.putHeader("content-type", "application/json");
        }
        response.end(Buffer.buffer(answer.body().bytes()));
    }

    private PlainResponse answer(HttpServerRequest request, Object body, Client caller) {
        String method = request.method().name();
        String path = DoorPaths.plain(request.path());
        // Messages go through the stages, whatever route leads them here.
        boolean passes = (DoorPaths.method(path).filter(method::equals).isPresent() && !path.equals(DoorPaths.MESSAGES))
                || (caller.credential().isPresent()
                        && WITH_THEIR_OWN.matcher(method + " " + path).matches());
        return passes
                ? api.apply(asked(request, path, SentBody.of(body, request), caller))
                : refusal(DoorPaths.refusal(method, request.path()));
    }

    private PlainResponse refusal(DoorPaths.Refusal refusal) {
        return new PlainResponse(refusal.error().status(), refusal.headers(), new Frame(json.bytes(refusal.error())));
    }

    private static PlainRequest asked(HttpServerRequest request, String path, byte[] body, Client caller) {
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (ClientHeaders.isForwarded(name)) {
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
