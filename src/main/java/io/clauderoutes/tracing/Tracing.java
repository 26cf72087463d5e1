package io.clauderoutes.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Optional;

/** Begins the traces of requests, or takes part in those of others. */
public final class Tracing {

    /** Makes no spans. */
    public static final Tracing OFF = new Tracing(Optional.empty(), false);

    private static final String SCOPE = "io.clauderoutes";
    private static final int TRACE_AT = 3;
    private static final int SPAN_AT = 36;
    private static final int FLAGS_AT = 53;

    private final Optional<Tracer> tracer;
    private final boolean propagates;

    /**
     * Makes spans.
     *
     * @param propagates whether calls to endpoints name the trace
     */
    public Tracing(OpenTelemetry telemetry, boolean propagates) {
        this(Optional.of(telemetry.getTracer(SCOPE)), propagates);
    }

    private Tracing(Optional<Tracer> tracer, boolean propagates) {
        this.tracer = tracer;
        this.propagates = propagates;
    }

    public boolean isOn() {
        return tracer.isPresent();
    }

    /** Whether calls to endpoints name the trace. */
    public boolean propagates() {
        return propagates;
    }

    /**
     * A request of a client.
     *
     * @param name method and path, without what differs from request to request
     * @param traceParent the request's header of W3C Trace Context; empty if there is none that is valid
     */
    public TraceSpan server(String name, Optional<String> traceParent) {
        return begun(name, SpanKind.SERVER, traceParent.map(Tracing::remote).orElse(Context.root()), Optional.empty());
    }

    /** Work that a message began. Without a header of W3C Trace Context it belongs to the span of the thread, if the application has one. */
    public TraceSpan work(String name, Optional<String> traceParent) {
        return begun(
                name,
                SpanKind.INTERNAL,
                traceParent.map(Tracing::remote).orElseGet(Context::current),
                Optional.empty());
    }

    /** Work of its own that another trace led to. */
    public TraceSpan linked(String name, Optional<String> traceParent) {
        return begun(name, SpanKind.INTERNAL, Context.root(), traceParent);
    }

    private TraceSpan begun(String name, SpanKind kind, Context parent, Optional<String> link) {
        if (tracer.isEmpty()) {
            return TraceSpan.NONE;
        }
        SpanBuilder span = tracer.get().spanBuilder(name).setSpanKind(kind).setParent(parent);
        link.ifPresent(other -> span.addLink(Span.fromContext(remote(other)).getSpanContext()));
        return new TraceSpan(tracer.get(), span.startSpan(), TraceSpan.NONE);
    }

    /** The span that a header names; it is valid. */
    private static Context remote(String header) {
        SpanContext named = SpanContext.createFromRemoteParent(
                header.substring(TRACE_AT, SPAN_AT - 1),
                header.substring(SPAN_AT, FLAGS_AT - 1),
                TraceFlags.fromHex(header, FLAGS_AT),
                TraceState.getDefault());
        return Context.root().with(Span.wrap(named));
    }
}
