package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.tracing.TraceSpan;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.camel.ProducerTemplate;

/** Sends the requests of WebSocket clients to their route, each on a thread of its own. */
public final class SocketSender {

    private static final String ROUTE = "direct:claude-websocket?block=false";
    private static final int SERVER_ERROR = 500;

    private final ProducerTemplate template;
    private final Executor threads;
    private final ServerSpans spans;

    /** @param threads run each request to its end */
    public SocketSender(ProducerTemplate template, Executor threads, ServerSpans spans) {
        this.template = template;
        this.threads = threads;
        this.spans = spans;
    }

    /** Sends a request, and does not wait for its reply. */
    void send(SocketRequest request) {
        threads.execute(() -> sendNow(request));
    }

    private void sendNow(SocketRequest request) {
        Optional<String> parent =
                Correlation.valid(Correlation.TRACE_PARENT, request.headers().get(Correlation.TRACE_PARENT));
        TraceSpan span = spans.message(parent);
        try {
            Exception failure = template.send(ROUTE, exchange -> {
                        span.putOn(exchange);
                        request.putOn(exchange);
                    })
                    .getException();
            if (failure != null) {
                span.failed(Integer.toString(SERVER_ERROR));
                request.outcome().refused(failed(failure));
            }
        } finally {
            span.end();
            request.outcome().ended();
        }
    }

    private static ClaudeException failed(Exception cause) {
        return new ClaudeException.Unavailable(
                ApiError.ours(
                        SERVER_ERROR,
                        "api_error",
                        "the gateway failed: is the route claude-websocket (routes/sources/websocket.camel.yaml) there?"),
                cause);
    }

    /** Runs work that takes some time, such as reading a long message. */
    void run(Runnable work) {
        threads.execute(work);
    }
}
