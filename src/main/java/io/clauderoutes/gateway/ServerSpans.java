package io.clauderoutes.gateway;

import io.clauderoutes.message.Correlation;
import io.clauderoutes.tracing.TraceSpan;
import io.clauderoutes.tracing.Tracing;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The spans of requests of clients, from the head of the request to the last byte of the response or to the disconnect of the client. */
public final class ServerSpans {

    /** Response header with the trace that the request belongs to. */
    static final String TRACE_ID = "x-trace-id";

    private static final Set<String> PATHS = Set.of(
            "/v1/messages",
            "/v1/messages/count_tokens",
            "/v1/messages/batches",
            "/v1/models",
            "/v1/files",
            "/v1/stream",
            "/v1/completions",
            "/mcp");
    private static final int SERVER_ERROR = 500;

    private final Tracing tracing;

    public ServerSpans(Tracing tracing) {
        this.tracing = tracing;
    }

    /** Begins the span of a request; it ends with the response. */
    TraceSpan begin(RoutingContext context) {
        HttpServerRequest request = context.request();
        Optional<String> parent =
                Correlation.valid(Correlation.TRACE_PARENT, request.getHeader(Correlation.TRACE_PARENT));
        if (!tracing.isOn() || "websocket".equalsIgnoreCase(request.getHeader("upgrade"))) {
            parent.ifPresent(its ->
                    context.response().putHeader(TRACE_ID, Correlation.traceId(Map.of(Correlation.TRACE_PARENT, its))));
            return TraceSpan.NONE;
        }
        String method = request.method().name();
        boolean known = PATHS.contains(request.path());
        TraceSpan span = tracing.server(known ? method + " " + request.path() : method, parent)
                .set("http.request.method", method);
        if (known) {
            span.set("http.route", request.path());
        }
        context.response().putHeader(TRACE_ID, span.traceId());
        context.addEndHandler(ended -> {
            int status = context.response().getStatusCode();
            span.set("http.response.status_code", status);
            if (ended.failed() || !context.response().ended()) {
                span.failed("client_disconnected");
            } else if (status >= SERVER_ERROR) {
                span.failed(Integer.toString(status));
            }
            span.end();
        });
        return span;
    }

    /** Begins the span of a request over a WebSocket. */
    TraceSpan message(Optional<String> parent) {
        return tracing.isOn()
                ? tracing.server("WebSocket " + WebSocketEndpoint.PATH, parent)
                        .set("http.route", WebSocketEndpoint.PATH)
                : TraceSpan.NONE;
    }

    /** The trace of a response; empty text if it belongs to none. */
    static String traceId(HttpServerResponse response) {
        String known = response.headers().get(TRACE_ID);
        return known == null ? "" : known;
    }
}
