package io.clauderoutes.agent.output;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.check.json.Violation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * The step before the fan-out that checks a reply by the schema of its request, wherever the reply comes from: an endpoint, the cache,
 * another request or a batch. A request without a schema passes as it is.
 */
public final class OutputCheck implements Processor {

    private static final int UNPROCESSABLE = 422;
    private static final String TYPE = "invalid_output";
    private static final String REFUSAL = "refusal";
    private static final int MOST_RULES = 3;

    /** The model waits for something: this is not the output yet. */
    private static final Set<String> NOT_FINAL = Set.of("tool_use", "pause_turn");

    /** The reply is cut off. */
    private static final Set<String> CUT_OFF = Set.of("max_tokens", "model_context_window_exceeded", "stop_sequence");

    private final OutputSchemas schemas;
    private final boolean repairs;
    private final MessageJson json;
    private final ClaudeMeters meters;

    /** @param repairs whether a reply that does not fit is repaired: until it fits, nothing of it is handed on */
    public OutputCheck(OutputSchemas schemas, boolean repairs, MessageJson json, ClaudeMeters meters) {
        this.schemas = schemas;
        this.repairs = repairs;
        this.json = json;
        this.meters = meters;
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        request.prompt().options().replyRules().output().ifPresent(schema -> {
            boolean held = repairs || request.prompt().options().delivery().strategy() != Strategy.STREAM;
            ReplyStream reply = (ReplyStream) exchange.getMessage().getBody();
            exchange.getMessage()
                    .setBody(new CheckedReply(
                            reply, new ReplyAssembler(json), held, whole -> check(request, schema, whole)));
        });
    }

    private void check(Request request, OutputSchema schema, Reply reply) {
        String reason = reply.stopReason();
        if (NOT_FINAL.contains(reason)) {
            return;
        }
        List<Violation> violations = reason.equals(REFUSAL) ? List.of() : schemas.violations(schema, reply.text());
        if (violations.isEmpty() && !reason.equals(REFUSAL)) {
            meters.checks().output("valid");
            return;
        }
        if (request.progress().cache().isFromEndpoint()) {
            // The fan-out counts only replies that it hands on.
            meters.requests().tokens(request.prompt().request().model(), reply.usage());
        }
        if (reason.equals(REFUSAL) || CUT_OFF.contains(reason)) {
            meters.checks().output("incomplete");
            throw new ClaudeException.Incomplete(
                    error(request, reason, incomplete(request, reason)), reason, reply.text());
        }
        meters.checks().output("invalid");
        throw new ClaudeException.InvalidOutput(
                error(request, TYPE, invalid(violations)),
                violations.stream().map(Violation::toString).toList(),
                reply.text());
    }

    private static ApiError error(Request request, String type, String sentence) {
        ApiError error = ApiError.ours(UNPROCESSABLE, type, sentence);
        String id = request.progress().requestId();
        return id.isEmpty() ? error : error.withRequestId(id);
    }

    private static String incomplete(Request request, String reason) {
        return switch (reason) {
            case REFUSAL -> "the model refused to reply, so there is no output for the schema: change the prompt";
            case "max_tokens" ->
                "the reply was cut off at max_tokens="
                        + request.prompt().request().maxTokens() + " before its JSON was complete: raise maxTokens";
            case "stop_sequence" ->
                "the reply ended at a stop sequence before its JSON was complete: remove stopSequences";
            default -> "the reply was cut off at the end of the context window: shorten the prompt";
        };
    }

    private static String invalid(List<Violation> violations) {
        return "the reply does not fit the output schema: "
                + violations.stream().limit(MOST_RULES).map(Violation::rule).collect(Collectors.joining(", "))
                + (violations.size() > MOST_RULES ? " and " + (violations.size() - MOST_RULES) + " more" : "");
    }
}
