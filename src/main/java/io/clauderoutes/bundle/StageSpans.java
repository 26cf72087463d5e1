package io.clauderoutes.bundle;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import io.clauderoutes.tracing.TraceSpan;
import io.clauderoutes.tracing.Tracing;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/** Makes a span of each stage that a request passes. A stage contains the stages behind it, so its span ends with the reply. */
final class StageSpans implements RoutePolicyFactory {

    private static final Map<String, String> NAMES = Map.of(
            "direct:claude", "claude.source",
            "direct:claude-batch", "claude.batch",
            "direct:claude-throttle", "claude.throttle",
            "direct:claude-cache", "claude.cache",
            "direct:claude-call", "claude.call",
            "direct:claude-split", "claude.split",
            "direct:claude-redact", "claude.redact",
            "direct:claude-fan-out", "claude.fan_out");
    private static final String SOURCE = "claude.source";
    private static final String BATCH = "claude.batch";
    private static final String BATCH_RESULT = "claude.batch.result";

    private final Tracing tracing;

    StageSpans(Tracing tracing) {
        this.tracing = tracing;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String routeId, NamedNode route) {
        if (route instanceof RouteDefinition stage && stage.getInput() != null) {
            String uri = stage.getInput().getEndpointUri().replaceFirst("^direct://", "direct:");
            String name = NAMES.get(uri);
            return name == null ? null : new StageSpan(name);
        }
        return null;
    }

    /** The span of one stage. */
    private final class StageSpan extends RoutePolicySupport {
        private static final String TRACE_PARENT_BEFORE = "claudeTraceParent";

        private final String name;

        StageSpan(String name) {
            this.name = name;
        }

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            TraceSpan parent = TraceSpan.of(exchange);
            TraceSpan span = parent.isOn() ? parent.child(name) : first(exchange);
            span.putOn(exchange);
            span.enterLog();
            if (isEntry() && Request.of(exchange) == null) {
                // The prompt takes the span's ids with it: to the ledger, to a batch and to the endpoint.
                exchange.setProperty(TRACE_PARENT_BEFORE, traceParent(exchange).orElse(""));
                exchange.getMessage().setHeader(Correlation.TRACE_PARENT, span.traceParent());
            }
        }

        private boolean isEntry() {
            return name.equals(SOURCE) || name.equals(BATCH);
        }

        private TraceSpan first(Exchange exchange) {
            Request request = Request.of(exchange);
            if (isEntry() || request == null) {
                return tracing.work(name, traceParent(exchange));
            }
            return tracing.linked(
                    BATCH_RESULT,
                    Optional.ofNullable(request.prompt().wireHeaders().get(Correlation.TRACE_PARENT)));
        }

        private Optional<String> traceParent(Exchange exchange) {
            return Correlation.valid(
                    Correlation.TRACE_PARENT, exchange.getMessage().getHeader(Correlation.TRACE_PARENT, String.class));
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            TraceSpan span = TraceSpan.of(exchange);
            if (isEntry()) {
                restoreHeader(exchange);
            }
            if (exchange.getException() != null) {
                span.failed(type(exchange.getException()));
            }
            if (name.equals(SOURCE)) {
                describe(span, Request.of(exchange));
            }
            span.leaveLog();
            span.end();
            span.parent().putOn(exchange);
        }

        private static void restoreHeader(Exchange exchange) {
            Object before = exchange.removeProperty(TRACE_PARENT_BEFORE);
            if (before instanceof String header) {
                if (header.isEmpty()) {
                    exchange.getMessage().removeHeader(Correlation.TRACE_PARENT);
                } else {
                    exchange.getMessage().setHeader(Correlation.TRACE_PARENT, header);
                }
            }
        }

        private static void describe(TraceSpan span, Request request) {
            if (request == null) {
                return;
            }
            Progress progress = request.progress();
            span.set("claude.prompt_id", request.prompt().id())
                    .set("claude.source", request.requester().source())
                    .set("claude.tenant", request.prompt().options().tenant())
                    .set("claude.cache", progress.cache().headerValue())
                    .set("claude.endpoint", progress.endpoint())
                    .set("claude.attempts", progress.attempts());
        }

        private static String type(Exception failure) {
            return ClaudeException.causeOf(failure).map(ClaudeException::type).orElseGet(() -> failure.getClass()
                    .getSimpleName());
        }
    }
}
