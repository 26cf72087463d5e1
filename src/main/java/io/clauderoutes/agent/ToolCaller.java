package io.clauderoutes.agent;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.ToolCall;
import io.clauderoutes.message.ToolOutput;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.AgentSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import org.apache.camel.Exchange;

/** Calls the tools of one round side by side. The thread of the request waits for them, and no permit is held. */
public final class ToolCaller implements ToolCalls {

    private final AgentSettings settings;
    private final Duration deadline;
    private final ToolRedaction redaction;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;
    private final ExecutorService executor;

    /** @param deadline of a request with all its calls and waits */
    public ToolCaller(
            AgentSettings settings,
            Duration deadline,
            ToolRedaction redaction,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.settings = settings;
        this.deadline = deadline;
        this.redaction = redaction;
        this.meters = meters;
        this.runtime = runtime;
        this.executor = runtime.threads().perTask("claude-tool");
    }

    /**
     * Calls tools.
     *
     * @param tools of the request, by name
     * @return the results in the order of the calls; a call that failed has a result that says so
     * @throws ClaudeException if the request ends meanwhile: its client left, its deadline is over, or the bundle stops
     */
    List<ToolOutput> call(Exchange exchange, List<ToolCall> calls, Map<String, AgentTool> tools) {
        Request request = Request.of(exchange);
        List<String> outer = ToolInvocation.callsOf(exchange);
        List<CalledTool> called = calls.stream()
                .map(call -> new CalledTool(
                        call,
                        tools.get(call.name()),
                        new ToolInvocation(
                                call.id(),
                                call.input(),
                                request.prompt().options().tenant(),
                                request.progress().round(),
                                with(outer, call.name())),
                        settings.toolTimeout(),
                        runtime.ticker()))
                .toList();
        try (ToolReports reports = new ToolReports(exchange, request, redaction, meters)) {
            called.forEach(reports::begins);
            ToolWait wait = new ToolWait(executor, settings.parallelTools());
            wait.run(called, () -> check(request), reports::ended);
        }
        return called.stream().map(one -> output(exchange, one)).toList();
    }

    @Override
    public ToolOutput call(ToolCall call, AgentTool tool, String tenant) {
        CalledTool called = new CalledTool(
                call,
                tool,
                new ToolInvocation(call.id(), call.input(), tenant, 1, List.of(call.name())),
                settings.toolTimeout(),
                runtime.ticker());
        new ToolWait(executor, 1)
                .run(List.of(called), () -> {}, one -> ToolReports.count(one, "MCP client of " + tenant, meters));
        return new ToolOutput(
                call.id(), called.result().content(), called.result().error());
    }

    private static List<String> with(List<String> outer, String name) {
        return Stream.concat(outer.stream(), Stream.of(name)).toList();
    }

    private ToolOutput output(Exchange exchange, CalledTool called) {
        ToolResult result = called.result();
        return new ToolOutput(
                called.call().id(),
                result.content().stream()
                        .map(part -> redaction.forModel(exchange, part))
                        .toList(),
                result.error());
    }

    /** Ends the wait for tools whose results are no longer needed. */
    private void check(Request request) {
        boolean haveSinks = request.rounds()
                .flatMap(rounds -> rounds.receivers())
                .filter(receivers -> receivers.haveSinks())
                .isPresent();
        if (!haveSinks && request.isCancelled()) {
            throw new ClaudeException.Rejected(ApiError.callerLeft(
                    "the client disconnected while tools were called, and" + " claude.fan-out.on-caller-gone=stop"));
        }
        if (runtime.ticker().getAsLong() - request.startedNanos() - deadline.toNanos() > 0) {
            throw new ClaudeException.TimedOut(
                    ApiError.ours(
                            504,
                            "timeout_error",
                            "the request with its tools took longer than claude.call.deadline=" + deadline.toMillis()
                                    + "ms"),
                    null);
        }
    }
}
