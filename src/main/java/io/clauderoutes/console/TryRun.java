package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.GatewayClient;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Origin;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;

/** One prompt of the console, from its begin until its reply is no longer retained. Any thread may read it. */
final class TryRun implements Origin {

    private static final int CHARACTERS_PER_TOKEN = 4;
    private static final int OK = 200;
    private static final int SERVER_ERROR = 500;
    private static final int CLIENT_GONE = 499;

    private final RetainedReply reply;
    private final Request request;
    private final LongSupplier ticker;
    private volatile boolean cancelled;
    private volatile Optional<Outcome> outcome = Optional.empty();

    private record Outcome(Optional<ClaudeException> failure, String checks, long tookNanos) {}

    /** @param stopsWithCaller whether a reply without readers ends */
    TryRun(RetainedReply reply, Prompt prompt, boolean stopsWithCaller, String source, LongSupplier ticker) {
        this.reply = reply;
        this.ticker = ticker;
        GatewayClient reader = new GatewayClient(
                true,
                () -> cancelled || (stopsWithCaller && reply.isGone()),
                true,
                false,
                Optional.of(reply),
                Optional.empty());
        this.request =
                new Request(prompt, ticker.getAsLong(), source).from(reader).unacknowledged();
        reply.from(this);
    }

    RetainedReply reply() {
        return reply;
    }

    Request request() {
        return request;
    }

    @Override
    public Map<String, String> headers() {
        return Map.of();
    }

    @Override
    public boolean isAtWork() {
        return request.progress().isAdmitted();
    }

    /** Ends the call, if it has not ended. */
    void cancel() {
        cancelled = true;
        reply.cancel();
    }

    boolean isOver() {
        return outcome.isPresent();
    }

    /** The stages have ended. */
    void ended(Exchange exchange, MessageJson json) {
        Optional<ClaudeException> failure = Optional.ofNullable(exchange.getException())
                .map(cause -> ClaudeException.causeOf(cause)
                        .orElseGet(() -> new ClaudeException.Unavailable(
                                ApiError.ours(SERVER_ERROR, "api_error", "the request failed inside the bundle"),
                                cause)));
        String checks = exchange.getMessage().getHeader(ClaudeHeaders.CHECK, "", String.class);
        outcome = Optional.of(new Outcome(failure, checks, ticker.getAsLong() - request.startedNanos()));
        reply.end(failure.map(cause -> new PlainResponse(
                        cause.status() > 0 ? cause.status() : SERVER_ERROR,
                        Map.of(),
                        new Frame(json.bytes(cause.error()))))
                .orElseGet(() -> new PlainResponse(OK, Map.of(), new Frame(new byte[0]))));
    }

    /** What is known of the request now, without text of its prompt and its reply. */
    ObjectNode facts() {
        Progress progress = request.progress();
        Optional<Outcome> end = outcome;
        ObjectNode facts = ConsoleResponse.object();
        facts.put("prompt_id", request.prompt().id())
                .put("done", end.isPresent())
                .put("stage", NowState.stage(progress))
                .put("tenant", request.prompt().options().tenant())
                .put("model", request.prompt().request().model())
                .put("endpoint", progress.endpoint())
                .put("attempts", progress.attempts())
                .put("rounds", progress.round())
                .put("cache", progress.cache().headerValue())
                .put("request_id", progress.requestId())
                .put("trace", Correlation.traceId(request.prompt().wireHeaders()))
                .put("tokens_so_far", progress.outputCharacters() / CHARACTERS_PER_TOKEN);
        progress.timeToFirstToken().ifPresent(first -> facts.put("first_token_ms", first.toMillis()));
        progress.strategy().ifPresent(choice -> facts.put("strategy", choice.explanation()));
        progress.costMicroUsd().ifPresent(cost -> facts.put("cost_micro_usd", cost));
        ArrayNode redacted = facts.putArray("redacted");
        progress.redactedKinds().forEach(redacted::add);
        progress.reply().ifPresent(whole -> usage(whole, facts));
        end.ifPresent(its -> end(its, facts));
        return facts;
    }

    private static void usage(Reply whole, ObjectNode facts) {
        facts.put("stop_reason", whole.stopReason());
        whole.usage().totalInput().ifPresent(tokens -> facts.put("input_tokens", tokens));
        whole.usage().output().ifPresent(tokens -> facts.put("output_tokens", tokens));
        whole.usage().cacheRead().ifPresent(tokens -> facts.put("cache_read_tokens", tokens));
    }

    private void end(Outcome its, ObjectNode facts) {
        facts.put("duration_ms", TimeUnit.NANOSECONDS.toMillis(its.tookNanos()));
        ArrayNode passed = facts.putArray("checks_passed");
        for (String name : its.checks().split(",", -1)) {
            if (!name.isEmpty()) {
                passed.add(name);
            }
        }
        its.failure().ifPresent(failure -> {
            boolean isCancelled = cancelled && failure.status() == CLIENT_GONE;
            facts.putObject("error")
                    .put(
                            "cancelled",
                            isCancelled || (cancelled && failure.error().isUnwanted()))
                    .put("status", failure.status())
                    .put("type", failure.type())
                    .put("message", failure.error().message());
            if (failure instanceof ClaudeException.CheckFailed failed) {
                facts.putObject("check_failed").put("name", failed.check()).put("reason", failed.reason());
            }
        });
    }
}
