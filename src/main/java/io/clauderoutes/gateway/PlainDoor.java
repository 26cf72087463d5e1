package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
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
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * The rest of {@code /v1/}: counting tokens and listing models are passed through, and batches of callers who show credentials of
 * their own; whatever else is asked for does not exist
 * here, so that nobody reaches more of the API with our credential than was meant.
 */
public final class PlainDoor implements Processor {

    private static final Map<Pattern, String> METHODS = Map.of(
            Pattern.compile("/v1/messages"), "POST",
            Pattern.compile("/v1/messages/count_tokens"), "POST",
            Pattern.compile("/v1/models(/(?![.]{1,2}$)[A-Za-z0-9._:@-]+)?"), "GET");
    private static final String DOOR_OF_MESSAGES = "/v1/messages";
    private static final Pattern SLASHES = Pattern.compile("/+");
    /** With our credential a caller would see everybody's batches, ours among them, and spend what no ledger knows of. */
    private static final Pattern WITH_THEIR_OWN =
            Pattern.compile("(GET|POST) /v1/messages/batches|GET /v1/messages/batches/[A-Za-z0-9_-]+(/results)?"
                    + "|DELETE /v1/messages/batches/[A-Za-z0-9_-]+|POST /v1/messages/batches/[A-Za-z0-9_-]+/cancel");

    private final Callers callers;
    private final MessageJson json;
    private final Function<PlainRequest, PlainResponse> api;

    /** @param api makes the call */
    public PlainDoor(ClaudeSettings.Gateway settings, MessageJson json, Function<PlainRequest, PlainResponse> api) {
        this.callers = new Callers(settings);
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
            answer = answer(request, body, callers.of(request));
        } catch (ClaudeException failure) {
            answer = refusal(failure.error(), Map.of());
        }
        HttpServerResponse response = message.getResponse();
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (!answer.headers().containsKey("content-type")) {
            response.putHeader("content-type", "application/json");
        }
        response.end(Buffer.buffer(answer.body().bytes()));
    }

    private PlainResponse answer(HttpServerRequest request, Object body, Caller caller) {
        String method = request.method().name();
        String path = plain(request.path());
        Optional<String> right = METHODS.entrySet().stream()
                .filter(known -> known.getKey().matcher(path).matches())
                .map(Map.Entry::getValue)
                .findAny();
        if (right.filter(method::equals).isPresent() && !path.equals(DOOR_OF_MESSAGES)) {
            return api.apply(asked(request, path, SentBody.of(body, request), caller));
        }
        if (right.isPresent()) {
            return refusal(
                    ApiError.ours(405, "invalid_request_error", path + " is for " + right.get() + " alone"),
                    Map.of("allow", right.get()));
        }
        if (caller.credential().isPresent()
                && WITH_THEIR_OWN.matcher(method + " " + path).matches()) {
            return api.apply(asked(request, path, SentBody.of(body, request), caller));
        }
        return refusal(ApiError.ours(404, "not_found_error", "there is no " + method + " " + request.path()), Map.of());
    }

    private PlainResponse refusal(ApiError error, Map<String, String> headers) {
        return new PlainResponse(error.status(), headers, new Frame(json.bytes(error)));
    }

    /** Slashes that stand side by side are one, and one at the end is none. Nothing else is undone: it stays unknown. */
    private static String plain(String path) {
        String single = SLASHES.matcher(path).replaceAll("/");
        return single.length() > 1 && single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
    }

    private static PlainRequest asked(HttpServerRequest request, String path, byte[] body, Caller caller) {
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith("anthropic-")) {
                headers.merge(name, header.getValue(), (first, second) -> first + "," + second);
            }
        });
        String query = request.query();
        String uri = query == null || query.isEmpty() ? path : path + "?" + query;
        return new PlainRequest(request.method().name(), uri, headers, new Frame(body), caller.credential());
    }
}
