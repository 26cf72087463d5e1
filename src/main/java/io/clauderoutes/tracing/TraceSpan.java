package io.clauderoutes.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.MDC;

/** A span of a request. {@link #NONE} takes the place of all spans where no spans are made: it does nothing. Safe for any thread. */
public final class TraceSpan {

    /** No span. */
    public static final TraceSpan NONE = new TraceSpan(Optional.empty(), Span.getInvalid(), null);

    /** Field of log lines with the trace that they belong to, as OpenTelemetry names it. */
    public static final String TRACE_ID = "trace_id";

    private static final String SPAN_ID = "span_id";
    private static final String PROPERTY = "claudeSpan";
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    private final Optional<Tracer> tracer;
    private final Span span;
    private final TraceSpan parent;
    private volatile String traceIdBefore;
    private volatile String spanIdBefore;

    TraceSpan(Tracer tracer, Span span, TraceSpan parent) {
        this(Optional.of(tracer), span, parent);
    }

    private TraceSpan(Optional<Tracer> tracer, Span span, TraceSpan parent) {
        this.tracer = tracer;
        this.span = span;
        this.parent = parent == null ? this : parent;
    }

    /** The span that an exchange is in. */
    public static TraceSpan of(Exchange exchange) {
        TraceSpan its = exchange.getProperty(PROPERTY, TraceSpan.class);
        return its == null ? NONE : its;
    }

    /** Makes this the span that an exchange is in. */
    public void putOn(Exchange exchange) {
        if (isOn()) {
            exchange.setProperty(PROPERTY, this);
        } else {
            exchange.removeProperty(PROPERTY);
        }
    }

    public boolean isOn() {
        return tracer.isPresent();
    }

    /** A part of the same work. */
    public TraceSpan child(String name) {
        return child(name, SpanKind.INTERNAL);
    }

    /** A call of another process. */
    public TraceSpan call(String name) {
        return child(name, SpanKind.CLIENT);
    }

    private TraceSpan child(String name, SpanKind kind) {
        if (tracer.isEmpty()) {
            return NONE;
        }
        Span begun = tracer.get()
                .spanBuilder(name)
                .setSpanKind(kind)
                .setParent(Context.root().with(span))
                .startSpan();
        return new TraceSpan(tracer.get(), begun, this);
    }

    /** The span that this one is a part of, in this process; {@link #NONE} where there is none. */
    public TraceSpan parent() {
        return parent;
    }

    public TraceSpan set(String attribute, String value) {
        if (!value.isEmpty()) {
            span.setAttribute(attribute, value);
        }
        return this;
    }

    public TraceSpan set(String attribute, long value) {
        span.setAttribute(attribute, value);
        return this;
    }

    public TraceSpan set(String attribute, double value) {
        span.setAttribute(attribute, value);
        return this;
    }

    public TraceSpan set(String attribute, List<String> values) {
        span.setAttribute(AttributeKey.stringArrayKey(attribute), values);
        return this;
    }

    /** The work failed. */
    public TraceSpan failed(String type) {
        span.setStatus(StatusCode.ERROR);
        span.setAttribute(ERROR_TYPE, type);
        return this;
    }

    public void end() {
        span.end();
    }

    /** The id of the trace; empty text without one. */
    public String traceId() {
        return isOn() ? span.getSpanContext().getTraceId() : "";
    }

    /** The value of the header {@code traceparent} (W3C Trace Context) for the work that this span is the parent of. */
    public String traceParent() {
        SpanContext its = span.getSpanContext();
        return "00-" + its.getTraceId() + "-" + its.getSpanId() + "-"
                + its.getTraceFlags().asHex();
    }

    /** From now on the lines that this thread logs name the span. */
    public void enterLog() {
        if (isOn()) {
            traceIdBefore = MDC.get(TRACE_ID);
            spanIdBefore = MDC.get(SPAN_ID);
            MDC.put(TRACE_ID, span.getSpanContext().getTraceId());
            MDC.put(SPAN_ID, span.getSpanContext().getSpanId());
        }
    }

    /** From now on the lines that this thread logs name the span that they named before. */
    public void leaveLog() {
        if (isOn()) {
            put(TRACE_ID, traceIdBefore);
            put(SPAN_ID, spanIdBefore);
        }
    }

    /** The same work for another thread: its log lines name the span that the lines of this thread name. */
    public static Runnable logged(Runnable work) {
        String traceId = MDC.get(TRACE_ID);
        if (traceId == null) {
            return work;
        }
        String spanId = MDC.get(SPAN_ID);
        return () -> {
            String traceIdBefore = MDC.get(TRACE_ID);
            String spanIdBefore = MDC.get(SPAN_ID);
            put(TRACE_ID, traceId);
            put(SPAN_ID, spanId);
            try {
                work.run();
            } finally {
                put(TRACE_ID, traceIdBefore);
                put(SPAN_ID, spanIdBefore);
            }
        };
    }

    private static void put(String field, String value) {
        if (value == null) {
            MDC.remove(field);
        } else {
            MDC.put(field, value);
        }
    }
}
