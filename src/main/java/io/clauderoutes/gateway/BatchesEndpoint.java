package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.gateway.batches.BatchClient;
import io.clauderoutes.gateway.batches.ClientBatches;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.text.Printable;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * {@code /v1/messages/batches} and all below it. A client with a credential of the endpoint's own is passed through; any other client
 * has batches of its own.
 */
public final class BatchesEndpoint implements Processor {

    private static final Pattern PATH =
            Pattern.compile("/v1/messages/batches(?:/([A-Za-z0-9_-]{1,200})(/results|/cancel)?)?");
    private static final int USUAL_PAGE = 20;
    private static final int LARGEST_PAGE = 1000;

    private final PassThroughEndpoint passThrough;
    private final StreamedPassThrough streamed;
    private final ClientBatches batches;
    private final Guard guard;
    private final MessageJson json;
    private final RequestOutcomes outcomes;
    private final Duration writeTimeout;

    /**
     * Serves batches.
     *
     * @param guard has seen each request before
     * @param writeTimeout how long a part of a response may wait for its client
     */
    public BatchesEndpoint(
            PassThroughEndpoint passThrough,
            StreamedPassThrough streamed,
            ClientBatches batches,
            Guard guard,
            MessageJson json,
            RequestOutcomes outcomes,
            Duration writeTimeout) {
        this.passThrough = passThrough;
        this.streamed = streamed;
        this.batches = batches;
        this.guard = guard;
        this.json = json;
        this.outcomes = outcomes;
        this.writeTimeout = writeTimeout;
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Client client = guard.client(request);
        boolean isResults = request.method().equals(HttpMethod.GET)
                && StreamedPassThrough.isResults(GatewayPaths.plain(request.path()));
        if (!client.checks().isEmpty() && creates(request)) {
            message.setBody(null);
            fail(request, client, new Results(message.getResponse()), unchecked(client));
            return;
        }
        if (client.credential().isPresent() && !isResults) {
            passThrough.process(exchange);
            return;
        }
        Object body = message.getBody();
        message.setBody(null);
        message.getHeaders().clear();
        if (client.credential().isPresent()) {
            streamed.pass(request, Optional.empty(), client);
            return;
        }
        Results results = new Results(message.getResponse());
        try {
            serve(request, body, client, results);
        } catch (ClaudeException failure) {
            fail(request, client, results, failure);
        } catch (RuntimeException unexpected) {
            if (results.stream != null) {
                results.stream.abort();
            }
            throw unexpected;
        }
    }

    private static boolean creates(HttpServerRequest request) {
        Matcher path = PATH.matcher(GatewayPaths.plain(request.path()));
        return request.method().equals(HttpMethod.POST) && path.matches() && path.group(1) == null;
    }

    private static ClaudeException unchecked(Client client) {
        return refused(
                400,
                "results of batches are not checked, and replies to this client have to pass the checks "
                        + String.join(", ", client.checks())
                        + " (claude.gateway.checks, claude.gateway.keys.<name>.checks). Send single requests");
    }

    private void serve(HttpServerRequest request, Object body, Client client, Results results) {
        String method = request.method().name();
        Matcher path = PATH.matcher(GatewayPaths.plain(request.path()));
        if (!path.matches()) {
            throw refused(404, "there is no " + method + " " + Printable.of(request.path()));
        }
        String id = path.group(1);
        BatchClient from = client(request, client);
        String asked = method
                + (id == null ? "" : " {id}")
                + Optional.ofNullable(path.group(2)).orElse("");
        switch (asked) {
            case "POST" -> {
                byte[] sent = SentBody.of(body, request);
                guard.bodyTaken(request, sent.length);
                send(request, batches.create(from, sent));
            }
            case "GET" -> send(request, batches.list(from, page(request)));
            case "GET {id}" -> send(request, batches.look(from, id));
            case "POST {id}/cancel" -> send(request, batches.cancel(from, id));
            case "DELETE {id}" -> send(request, batches.delete(from, id));
            case "GET {id}/results" -> {
                batches.results(from, id, results::begin);
                results.end();
            }
            default -> throw refused(405, Printable.of(request.path()) + " is not for " + method);
        }
    }

    /** The results of a batch as they are written. */
    private final class Results {
        private final HttpServerResponse response;
        private ResponseStream stream;

        Results(HttpServerResponse response) {
            this.response = response;
        }

        ResponseStream begin() {
            response.setStatusCode(200)
                    .putHeader("content-type", "application/x-jsonl")
                    .putHeader(RequestIds.HEADER, RequestIds.next())
                    .setChunked(true);
            stream = new ResponseStream(Vertx.currentContext(), response, writeTimeout);
            return stream;
        }

        void end() {
            try {
                stream.close();
            } catch (java.io.IOException impossible) {
                throw new java.io.UncheckedIOException(impossible);
            }
        }
    }

    private void fail(HttpServerRequest request, Client client, Results results, ClaudeException failure) {
        if (results.stream != null) {
            results.stream.abort();
            outcomes.refused(requestId(request), client.name(), failure.error());
            return;
        }
        ApiError error = RequestIds.named(failure.error());
        Map<String, String> headers = new HashMap<>(error.response().headers());
        failure.retryAfter()
                .ifPresent(wait ->
                        headers.putIfAbsent("retry-after", Long.toString(Math.max(1, (wait.toMillis() + 999) / 1000))));
        error.requestId().ifPresent(id -> headers.put(RequestIds.HEADER, id));
        int status = failure.status() > 0 ? failure.status() : 500;
        outcomes.refused(requestId(request), client.name(), error);
        byte[] body = batches.redacted(client(request, client), json.bytes(error));
        PassThroughEndpoint.send(new PlainResponse(status, headers, new Frame(body)), request.response());
    }

    private static String requestId(HttpServerRequest request) {
        return request.response().headers().get(Correlation.REQUEST_ID);
    }

    private static void send(HttpServerRequest request, byte[] body) {
        PassThroughEndpoint.send(new PlainResponse(200, Map.of(), new Frame(body)), request.response());
    }

    private static BatchClient client(HttpServerRequest request, Client client) {
        String scheme = Optional.ofNullable(request.getHeader("x-forwarded-proto"))
                .filter(protocol -> protocol.equals("https") || protocol.equals("http"))
                .orElse(request.scheme());
        return new BatchClient(
                client.key().isPresent() ? client.name() : "",
                client.tenant(),
                client.key().flatMap(key -> key.replies().redactPolicy()),
                client.key().flatMap(key -> key.requests().limits()),
                scheme + "://" + Optional.ofNullable(request.getHeader("host")).orElse("localhost"),
                ClientHeaders.forwarded(request.headers()));
    }

    private static ClientBatches.Page page(HttpServerRequest request) {
        String limit = Optional.ofNullable(request.getParam("limit")).orElse(Integer.toString(USUAL_PAGE));
        if (!limit.matches("[0-9]{1,5}") || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > LARGEST_PAGE) {
            throw refused(400, "limit: expected a whole number from 1 to " + LARGEST_PAGE);
        }
        Optional<String> after = parameter(request, "after_id");
        Optional<String> before = parameter(request, "before_id");
        if (after.isPresent() && before.isPresent()) {
            throw refused(400, "after_id and before_id: expected one of them");
        }
        return new ClientBatches.Page(Integer.parseInt(limit), after, before);
    }

    private static Optional<String> parameter(HttpServerRequest request, String name) {
        return Optional.ofNullable(request.getParam(name)).filter(id -> !id.isEmpty());
    }

    private static ClaudeException refused(int status, String why) {
        return new ClaudeException.Rejected(
                ApiError.ours(status, status == 404 ? "not_found_error" : "invalid_request_error", why));
    }
}
