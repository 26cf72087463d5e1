package io.clauderoutes.call;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.Request;
import io.clauderoutes.tracing.TraceSpan;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The span of one call to an endpoint, with the attributes that OpenTelemetry's conventions for generative AI name
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/anthropic). No attribute has text of the prompt or the reply.
 */
final class CallSpan {

    private static final double NANOS_PER_SECOND = 1e9;

    private CallSpan() {}

    static TraceSpan begun(TraceSpan parent, Request request, Endpoint endpoint) {
        if (!parent.isOn()) {
            return TraceSpan.NONE;
        }
        String model = request.prompt().request().model();
        URI url = endpoint.settings().url();
        TraceSpan span = parent.call("chat " + model)
                .set("gen_ai.operation.name", "chat")
                .set("gen_ai.provider.name", "anthropic")
                .set("gen_ai.request.model", model)
                .set("gen_ai.request.max_tokens", request.prompt().request().maxTokens())
                .set("server.address", url.getHost())
                .set("claude.endpoint", endpoint.name())
                .set("claude.attempt", request.progress().attempts() + 1);
        return url.getPort() < 0 ? span : span.set("server.port", url.getPort());
    }

    /** What is known of the call when it is over. */
    static void ended(Attempt attempt, Optional<ClaudeException> failure) {
        TraceSpan span = attempt.span();
        if (!span.isOn()) {
            return;
        }
        span.set("claude.api_request_id", attempt.requestId());
        if (failure.isPresent()) {
            span.failed(failure.get().type());
            if (failure.get().status() > 0) {
                span.set("http.response.status_code", failure.get().status());
            }
            return;
        }
        span.set("http.response.status_code", 200);
        if (attempt.firstTokenNanos() > 0 && attempt.request().prompt().request().stream()) {
            span.set("gen_ai.response.time_to_first_chunk", attempt.firstTokenNanos() / NANOS_PER_SECOND);
        }
        attempt.request().progress().reply().ifPresent(reply -> replied(span, reply));
    }

    private static void replied(TraceSpan span, Reply reply) {
        span.set("gen_ai.response.id", reply.id())
                .set("gen_ai.response.model", reply.model())
                .set("gen_ai.response.finish_reasons", List.of(reply.stopReason()));
        reply.usage().totalInput().ifPresent(tokens -> span.set("gen_ai.usage.input_tokens", tokens));
        reply.usage().output().ifPresent(tokens -> span.set("gen_ai.usage.output_tokens", tokens));
        reply.usage().cacheRead().ifPresent(tokens -> span.set("gen_ai.usage.cache_read.input_tokens", tokens));
        reply.usage().cacheWrite().ifPresent(tokens -> span.set("gen_ai.usage.cache_creation.input_tokens", tokens));
    }
}
