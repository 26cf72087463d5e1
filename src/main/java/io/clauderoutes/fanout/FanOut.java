package io.clauderoutes.fanout;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.Usage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.EventLength;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.ReplyReceivers;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.ToolRounds;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/**
 * Pulls the reply, sends it to every sink as it arrives, and makes the text of the whole reply the body. Events before the first
 * content are held back, so that a call that breaks off before it can be made again without a trace.
 */
public final class FanOut implements Processor {

    /** Digits after the point of an amount in dollars. */
    private static final int MICRO = 6;

    private final Deliveries deliveries;
    private final CallRecorder recorder;
    private final MessageJson json;
    private final ClaudeMeters meters;
    private final RequestOutcomes outcomes;
    private final LongSupplier ticker;

    FanOut(
            Deliveries deliveries,
            CallRecorder recorder,
            MessageJson json,
            ClaudeMeters meters,
            RequestOutcomes outcomes,
            LongSupplier ticker) {
        this.deliveries = deliveries;
        this.recorder = recorder;
        this.json = json;
        this.meters = meters;
        this.outcomes = outcomes;
        this.ticker = ticker;
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Progress progress = request.progress();
        Message message = exchange.getMessage();
        if (!progress.cache().isFromEndpoint()) {
            recorder.notCalled(request);
        }
        Optional<ToolRounds> rounds = request.rounds();
        ReplyReceivers receivers = rounds.map(its -> its.receivers(() -> receivers(request, message)))
                .orElseGet(() -> receivers(request, message));
        ReplyAssembler assembler = new ReplyAssembler(json);
        Optional<Frame> whole;
        try (ReplyStream events = (ReplyStream) message.getBody()) {
            pull(events, request, assembler, receivers);
            whole = events.whole();
        } catch (ClaudeException failure) {
            broken(receivers, request, failure.type());
            throw progress.isContentDelivered() && !failure.isPaid()
                    ? new ClaudeException.StreamBroken(
                            failure.error(), rounds.map(ToolRounds::text).orElseGet(assembler::text), failure)
                    : failure;
        } catch (RuntimeException failure) {
            broken(receivers, request, "api_error");
            throw failure;
        }
        Reply reply = assembler.reply(whole);
        progress.replied(reply);
        if (progress.cache().isFromEndpoint()) {
            meters.requests().tokens(request.prompt().request().model(), reply.usage());
        }
        if (rounds.filter(ToolRounds::isContinued).isPresent()) {
            message.setBody(reply.text());
            return;
        }
        complete(exchange, request, rounds.map(its -> its.reply(reply)).orElse(reply), receivers);
    }

    private ReplyReceivers receivers(Request request, Message message) {
        return new Receivers(request, message, deliveries, json);
    }

    private void complete(Exchange exchange, Request request, Reply reply, ReplyReceivers receivers) {
        Message message = exchange.getMessage();
        wholeOrRefused(reply, request, receivers);
        Map<String, Object> facts = facts(request, reply);
        receivers.whole(reply, message, facts);
        message.setBody(reply.text());
        message.getHeaders().putAll(facts);
        outcomes.answered(exchange, request, reply);
    }

    /** Only a client that reads the stream can do with a reply that cannot be folded. */
    private static void wholeOrRefused(Reply reply, Request request, ReplyReceivers receivers) {
        if (reply.unfolded().isEmpty() || (request.stream().isPresent() && !receivers.haveSinks())) {
            return;
        }
        receivers.broken("api_error");
        throw new ClaudeException.Rejected(ApiError.unreadable(
                "not_foldable",
                "the reply cannot be given as a whole message: its stream holds a "
                        + reply.unfolded().get() + ", which cannot be folded; ask for it with \"stream\": true"));
    }

    /** A call that breaks off ends the reply, unless it is made again: of a request with several rounds its loop decides. */
    private static void broken(ReplyReceivers receivers, Request request, String reason) {
        if (request.rounds().isEmpty()) {
            receivers.broken(reason);
        }
    }

    private void pull(ReplyStream events, Request request, ReplyAssembler assembler, ReplyReceivers receivers) {
        while (events.hasNext()) {
            StreamEvent event = events.next();
            stopIfNobodyReads(request, receivers);
            assembler.accept(event);
            request.progress().arrived(ticker.getAsLong(), EventLength.of(event));
            if (!request.progress().isContentDelivered()) {
                request.progress().delivered(ticker.getAsLong());
            }
            if (request.rounds().isPresent()) {
                request.rounds().get().merged(event).forEach(receivers::event);
            } else {
                receivers.event(event);
            }
        }
    }

    /** After its client has disconnected, a reply goes on for the ledger and for other requests, or ends, as the settings say. */
    private static void stopIfNobodyReads(Request request, ReplyReceivers receivers) {
        if (!receivers.haveSinks() && request.isCancelled()) {
            throw new ClaudeException.Rejected(
                    ApiError.callerLeft("the client disconnected, and claude.fan-out.on-caller-gone=stop"));
        }
    }

    private static Map<String, Object> facts(Request request, Reply reply) {
        Progress progress = request.progress();
        Map<String, Object> facts = new HashMap<>();
        facts.put(ClaudeHeaders.REPLY_ID, reply.id());
        facts.put(ClaudeHeaders.STOP_REASON, reply.stopReason());
        Usage usage = reply.usage();
        put(facts, ClaudeHeaders.INPUT_TOKENS, usage.input());
        put(facts, ClaudeHeaders.OUTPUT_TOKENS, usage.output());
        put(facts, ClaudeHeaders.CACHE_READ_TOKENS, usage.cacheRead());
        put(facts, ClaudeHeaders.CACHE_WRITE_TOKENS, usage.cacheWrite());
        facts.put(ClaudeHeaders.CACHE_STATUS, progress.cache().headerValue());
        facts.put(ClaudeHeaders.ENDPOINT, progress.endpoint());
        facts.put(ClaudeHeaders.ATTEMPTS, progress.attempts());
        facts.put(ClaudeHeaders.REQUEST_ID, progress.requestId());
        progress.strategy().ifPresent(choice -> facts.put(ClaudeHeaders.STRATEGY_REASON, choice.explanation()));
        request.rounds().ifPresent(rounds -> facts.put(ClaudeHeaders.ROUNDS, progress.round()));
        progress.costMicroUsd().ifPresent(cost -> facts.put(ClaudeHeaders.COST, BigDecimal.valueOf(cost, MICRO)));
        progress.timeToFirstToken().ifPresent(first -> facts.put(ClaudeHeaders.TIME_TO_FIRST_TOKEN, first.toMillis()));
        return facts;
    }

    private static void put(Map<String, Object> facts, String header, OptionalLong tokens) {
        tokens.ifPresent(count -> facts.put(header, count));
    }
}
