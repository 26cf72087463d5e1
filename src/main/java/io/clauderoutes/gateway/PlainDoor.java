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
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    private static final List<String> PASSED = List.of("POST /v1/messages/count_tokens", "GET /v1/models");
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
        byte[] body = message.getBody() instanceof Buffer buffer ? buffer.getBytes() : new byte[0];
        message.setBody(null);
        message.getHeaders().clear();
        PlainResponse answer;
        try {
            answer = api.apply(asked(request, body, callers.of(request)));
        } catch (ClaudeException failure) {
            answer = new PlainResponse(failure.status(), Map.of(), new Frame(json.bytes(failure.error())));
        }
        HttpServerResponse response = message.getResponse();
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (!answer.headers().containsKey("content-type")) {
            response.putHeader("content-type", "application/json");
        }
        response.end(Buffer.buffer(answer.body().bytes()));
    }

    private static PlainRequest asked(HttpServerRequest request, byte[] body, Caller caller) {
        String line = request.method().name() + " " + request.path();
        boolean passed = PASSED.stream()
                        .anyMatch(allowed -> line.equals(allowed)
                                || (allowed.startsWith("GET")
                                        && line.startsWith(allowed + "/")
                                        && !line.contains("..")))
                || (caller.credential().isPresent()
                        && WITH_THEIR_OWN.matcher(line).matches());
        if (!passed) {
            throw new ClaudeException.Rejected(
                    ApiError.ours(404, "not_found_error", "there is no " + request.method() + " " + request.path()));
        }
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith("anthropic-")) {
                headers.put(name, header.getValue());
            }
        });
        return new PlainRequest(request.method().name(), request.uri(), headers, new Frame(body), caller.credential());
    }
}
