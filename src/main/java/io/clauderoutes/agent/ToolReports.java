package io.clauderoutes.agent;

import io.clauderoutes.message.ToolOutput;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.ToolEvent;
import io.clauderoutes.request.ToolRounds;
import io.clauderoutes.text.Printable;
import java.util.Locale;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of the calls of one round: a line in the log and meters, without inputs and results, and events for those who ask for them. */
final class ToolReports {

    private static final Logger LOG = LoggerFactory.getLogger(ToolLoop.class);

    private final Exchange exchange;
    private final Request request;
    private final ToolRedaction redaction;
    private final ClaudeMeters meters;

    ToolReports(Exchange exchange, Request request, ToolRedaction redaction, ClaudeMeters meters) {
        this.exchange = exchange;
        this.request = request;
        this.redaction = redaction;
        this.meters = meters;
    }

    void begins(CalledTool called) {
        event(ToolEvent.call(
                called.invocation().round(),
                called.call().id(),
                called.call().name(),
                called.call().input()));
    }

    void ended(CalledTool called) {
        ToolResult result = called.result();
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
        String outcome = called.outcome().name().toLowerCase(Locale.ROOT);
        meters.tool(called.meteredName(), outcome, called.took());
        LOG.info(
                "{}: tool {} called in round {}: {}, {} ms",
                Printable.of(whose),
                Printable.of(called.call().name()),
                called.invocation().round(),
                outcome,
                called.took().toMillis());
    }

    private void event(ToolEvent event) {
        request.rounds()
                .filter(ToolRounds::tellsEvents)
                .flatMap(ToolRounds::receivers)
                .ifPresent(receivers -> receivers.tool(event));
    }
}
