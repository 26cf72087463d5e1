package io.clauderoutes.agent;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.ToolCall;
import io.clauderoutes.message.ToolOutput;
import io.clauderoutes.message.ToolUse;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.ToolRounds;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * The rounds of a request: the model is called, the tools are called that it asks for, and the model is called again with their results.
 * Each round passes all stages, so that limits, budget, failover, redaction and ledger apply to it. A request without tools of the bundle
 * has one round.
 */
public final class ToolLoop {

    /** Exchange property: the tools of the request, by name. */
    private static final String OFFERED = "claudeTools";

    /** Exchange property: whether a round is due. */
    private static final String DUE = "claudeRoundIsDue";

    private static final int UNPROCESSABLE = 422;
    private static final int BAD_REQUEST = 400;
    private static final String TYPE = "max_rounds";

    private final ToolCatalog catalog;
    private final ToolCaller caller;
    private final int maxRounds;
    private final MessageJson json;

    /** @param maxRounds of a request that has no other number */
    public ToolLoop(ToolCatalog catalog, ToolCaller caller, int maxRounds, MessageJson json) {
        this.catalog = catalog;
        this.caller = caller;
        this.maxRounds = maxRounds;
        this.json = json;
    }

    /** The tools of a request. */
    private record Offered(Map<String, AgentTool> tools) {}

    /** Adds the tools that the prompt names to its request. */
    public void offer(Exchange exchange) {
        exchange.setProperty(DUE, true);
        exchange.removeProperty(OFFERED);
        Request request = Request.of(exchange);
        ToolUse use = request.prompt().options().tools();
        if (use.names().isEmpty()) {
            return;
        }
        Prompt asked = request.prompt();
        Set<String> own = json.ownTools(asked.request());
        Map<String, AgentTool> tools = catalog.select(use.names(), own);
        if (tools.isEmpty()) {
            return;
        }
        checkCalls(exchange, tools.keySet());
        Prompt prompt = asked.withRequest(json.withTools(
                        asked.request(),
                        tools.values().stream().map(AgentTool::spec).toList()))
                .withOptions(asked.options().with(CacheUse.BYPASS));
        exchange.setProperty(OFFERED, new Offered(Map.copyOf(tools)));
        // A tool that does not exist is answered as one of ours: the requester knows its own tools alone.
        ToolRounds rounds =
                new ToolRounds(name -> !own.contains(name), use.maxRounds().orElse(maxRounds), use.events(), json);
        request.withPrompt(prompt).withRounds(rounds).putOn(exchange);
        exchange.getMessage().setBody(prompt);
    }

    /** A tool may ask the model, but not with itself: that would never end. */
    private static void checkCalls(Exchange exchange, Set<String> names) {
        for (String outer : ToolInvocation.callsOf(exchange)) {
            if (names.contains(outer)) {
                throw new ClaudeException.Rejected(ApiError.ours(
                        BAD_REQUEST,
                        "invalid_request_error",
                        "the route of the tool " + outer + " asks the model with the tool " + outer
                                + ": take it out of tools there"));
            }
        }
    }

    /** Whether a request has tools of the bundle, so that it may have several rounds. */
    public boolean hasTools(Exchange exchange) {
        Request request = Request.of(exchange);
        return request != null && request.rounds().isPresent();
    }

    /** Whether a round is due. */
    public boolean isDue(Exchange exchange) {
        return Boolean.TRUE.equals(exchange.removeProperty(DUE));
    }

    /** Calls the tools that the reply of the round asks for, and makes the request of the next round. */
    public void call(Exchange exchange) {
        Request request = Request.of(exchange);
        if (request.rounds().isEmpty()) {
            return;
        }
        ToolRounds rounds = request.rounds().get();
        Reply reply = request.progress().reply().orElseThrow();
        if (!rounds.isContinued()) {
            request.progress().replied(rounds.reply(reply));
            return;
        }
        checkRounds(request, rounds, reply);
        List<ToolCall> calls = json.toolCalls(reply.message());
        List<ToolOutput> results = caller.call(exchange, calls, offered(exchange));
        Prompt next = request.prompt()
                .withRequest(json.nextRound(
                        request.prompt().request(), rounds.spoken().orElseThrow(), results));
        request.progress().nextRound();
        rounds.begin();
        request.withPrompt(next).putOn(exchange);
        Message message = exchange.getMessage();
        message.setBody(next);
        exchange.setProperty(DUE, true);
    }

    private static Map<String, AgentTool> offered(Exchange exchange) {
        return exchange.getProperty(OFFERED, Offered.class).tools();
    }

    private static void checkRounds(Request request, ToolRounds rounds, Reply reply) {
        if (request.progress().round() < rounds.most()) {
            return;
        }
        ApiError error = ApiError.ours(
                UNPROCESSABLE,
                TYPE,
                "the model still asks for tools in round " + rounds.most()
                        + ", the last one that the option maxRounds or claude.agent.max-rounds allows. Raise it, or give the"
                        + " model fewer tools");
        throw new ClaudeException.Incomplete(error, reply.stopReason(), rounds.text());
    }

    /** The request has succeeded or failed: receivers of a reply that broke off get the error, and stages give back what they hold. */
    public void end(Exchange exchange) {
        exchange.removeProperty(OFFERED);
        exchange.removeProperty(DUE);
        Request request = Request.of(exchange);
        if (request == null || request.rounds().isEmpty()) {
            return;
        }
        ToolRounds rounds = request.rounds().get();
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        if (cause != null && rounds.isOpen()) {
            String type =
                    ClaudeException.causeOf(cause).map(ClaudeException::type).orElse("api_error");
            rounds.receivers().ifPresent(receivers -> receivers.broken(type));
        }
        rounds.end();
    }
}
