package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.request.CacheOutcome;
import io.clauderoutes.request.Request;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** The heads and bodies of responses to {@code POST /v1/messages}. */
final class MessagesResponse {

    private static final String CONTENT_TYPE = "content-type";
    private static final String JSON = "application/json";
    private static final String CACHE_NAME = "claude-routes";
    private static final String RETRY_AFTER = "retry-after";
    private static final int OK = 200;
    private static final int SERVER_ERROR = 500;

    private MessagesResponse() {}

    /** Gives the headers of the endpoint that a client may see, and the bundle's own: an id and what the reply cache did (RFC 9211). */
    static void headers(Request request, BiConsumer<String, String> headers) {
        Map<String, String> received = request.progress().responseHeaders();
        received.forEach((name, value) -> {
            if (!name.startsWith("content-")) {
                headers.accept(name, value);
            }
        });
        if (!received.containsKey(RequestIds.HEADER)) {
            headers.accept(RequestIds.HEADER, RequestIds.of(request.prompt().id()));
        }
        CacheOutcome cache = request.progress().cache();
        switch (cache.status()) {
            case HIT -> {
                headers.accept("cache-status", CACHE_NAME + "; hit");
                headers.accept("age", Long.toString(cache.age().toSeconds()));
            }
            case JOINED -> headers.accept("cache-status", CACHE_NAME + "; fwd=request; collapsed");
            case MISS -> headers.accept("cache-status", CACHE_NAME + "; fwd=uri-miss");
            case BYPASS -> {}
        }
    }

    /** The whole reply. */
    static PlainResponse of(Reply reply, Request request, MessageJson json) {
        Map<String, String> headers = new HashMap<>();
        headers(request, headers::put);
        String type = request.progress().responseHeaders().getOrDefault(CONTENT_TYPE, JSON);
        headers.put(CONTENT_TYPE, type.startsWith(JSON) ? type : JSON);
        byte[] body = reply.json().map(Frame::bytes).orElseGet(() -> json.bytes(reply.message()));
        return new PlainResponse(OK, headers, new Frame(body));
    }

    /**
     * The error in place of a reply.
     *
     * @param otherwise id of the response if the endpoint gave none
     * @param traceId of the request; empty text if there is none
     */
    static PlainResponse of(ClaudeException failure, String otherwise, String traceId, MessageJson json) {
        ApiError error = failure.error();
        String id = failure.requestId().orElse(otherwise);
        Map<String, String> headers = new HashMap<>();
        error.response().headers().forEach((name, value) -> {
            if (!name.startsWith("content-")) {
                headers.put(name, value);
            }
        });
        headers.put(RequestIds.HEADER, id);
        failure.retryAfter()
                .ifPresent(wait ->
                        headers.putIfAbsent(RETRY_AFTER, Long.toString(Math.max(1, (wait.toMillis() + 999) / 1000))));
        headers.put(CONTENT_TYPE, error.response().headers().getOrDefault(CONTENT_TYPE, JSON));
        int status = failure.status() > 0 ? failure.status() : SERVER_ERROR;
        return new PlainResponse(status, headers, new Frame(json.bytes(error.withRequestId(id), traceId)));
    }

    /** Sets the head of an event stream but for the headers of the request. */
    static void beginStream(HttpServerResponse response) {
        response.setStatusCode(OK);
        response.putHeader(CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.putHeader("cache-control", "no-cache");
        // nginx holds events back without it.
        response.putHeader("x-accel-buffering", "no");
        response.setChunked(true);
    }

    /** Ends a response of which nothing is written. */
    static void end(HttpServerResponse response, PlainResponse whole) {
        response.setStatusCode(whole.status());
        whole.headers().forEach(response::putHeader);
        response.end(Buffer.buffer(whole.body().bytes()));
    }

    /** The same response compressed; empty if it is too short for that. It takes time, so it is not for the server's thread. */
    static Optional<PlainResponse> compressed(PlainResponse whole) {
        if (!ResponseCompression.isWorthwhile(whole.body().bytes())) {
            return Optional.empty();
        }
        Map<String, String> headers = new HashMap<>(whole.headers());
        headers.put("content-encoding", ResponseCompression.CODING);
        headers.put("vary", "accept-encoding");
        return Optional.of(new PlainResponse(
                whole.status(),
                headers,
                new Frame(ResponseCompression.compressed(whole.body().bytes()))));
    }
}
