package io.clauderoutes.agent;

import io.clauderoutes.message.ToolOutput;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.ToolEvent;
import io.clauderoutes.request.ToolRounds;
import io.clauderoutes.text.Printable;
import io.clauderoutes.tracing.TraceSpan;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the calls of one round: a line in the log, meters and spans, without inputs and results, and events for those who ask for
 * them.
 */
final class ToolReports implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ToolLoop.class);

    private final Exchange exchange;
    private final Request request;
    private final ToolRedaction redaction;
    private final ClaudeMeters meters;
    private final Map<CalledTool, TraceSpan> spans = new HashMap<>();

    ToolReports(Exchange exchange, Request request, ToolRedaction redaction, ClaudeMeters meters) {
        this.exchange = exchange;
        this.request = request;
        this.redaction = redaction;
        this.meters = meters;
    }

    void begins(CalledTool called) {
        spans.put(
                called,
                TraceSpan.of(exchange)
                        .child("execute_tool " + called.meteredName())
                        .set("gen_ai.operation.name", "execute_tool")
                        .set("gen_ai.tool.name", called.meteredName())
                        .set("gen_ai.tool.call.id", called.call().id())
                        .set("claude.tool.round", called.invocation().round()));
        event(ToolEvent.call(
                called.invocation().round(),
                called.call().id(),
                called.call().name(),
                called.call().input()));
    }

    void ended(CalledTool called) {
        ToolResult result = called.result();
        TraceSpan span = spans.remove(called);
        if (called.outcome() != CalledTool.Outcome.OK) {
            span.failed(word(called.outcome()));
        }
        span.end();
        count(called, "prompt " + request.prompt().id(), meters);
        String text = new ToolOutput(called.call().id(), result.content(), result.error()).text();
        event(ToolEvent.result(
                called.invocation().round(),
                called.call().id(),
                called.call().name(),
                redaction.forRequester(exchange, text),
                result.error(),
                called.took()));
    }

    /** Counts and logs a call that has ended. */
    static void count(CalledTool called, String whose, ClaudeMeters meters) {
        String outcome = word(called.outcome());
        meters.tools().called(called.meteredName(), outcome, called.took());
        LOG.info(
                "{}: tool {} called in round {}: {}, {} ms",
                Printable.of(whose),
                Printable.of(called.call().name()),
                called.invocation().round(),
                outcome,
                called.took().toMillis());
    }

    private static String word(CalledTool.Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }

    /** Ends the spans of calls whose results are no longer needed. */
    @Override
    public void close() {
        spans.values().forEach(span -> span.failed("abandoned").end());
    }

    private void event(ToolEvent event) {
        request.rounds()
                .filter(ToolRounds::tellsEvents)
                .flatMap(ToolRounds::receivers)
                .ifPresent(receivers -> receivers.tool(event));
    }
}
