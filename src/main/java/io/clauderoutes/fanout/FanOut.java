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
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
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
        List<Delivery> opened = deliveries.open(request.prompt(), message);
        ReplyAssembler assembler = new ReplyAssembler(json);
        Optional<Frame> whole;
        try (ReplyStream events = (ReplyStream) message.getBody()) {
            pull(events, request, assembler, opened);
            whole = events.whole();
        } catch (ClaudeException failure) {
            broken(opened, request, failure.type());
            throw request.progress().isContentDelivered() && !failure.isPaid()
                    ? new ClaudeException.StreamBroken(failure.error(), assembler.text(), failure)
                    : failure;
        } catch (RuntimeException failure) {
            broken(opened, request, "api_error");
            throw failure;
        }
        Reply reply = assembler.reply(whole);
        progress.replied(reply);
        if (progress.cache().isFromEndpoint()) {
            meters.tokens(request.prompt().request().model(), reply.usage());
        }
        wholeOrRefused(reply, request, opened);
        Map<String, Object> facts = facts(progress, reply);
        if (!opened.isEmpty()) {
            Map<String, Object> addressed = new HashMap<>(deliveries.address(request.prompt(), message));
            addressed.putAll(facts);
            opened.forEach(delivery -> delivery.whole(reply, addressed));
            await(opened);
        }
        message.setBody(reply.text());
        message.getHeaders().putAll(facts);
        outcomes.answered(exchange, request, reply);
    }

    /** Only a client that reads the stream can do with a reply that cannot be folded. */
    private static void wholeOrRefused(Reply reply, Request request, List<Delivery> deliveries) {
        if (reply.unfolded().isEmpty() || (request.stream().isPresent() && deliveries.isEmpty())) {
            return;
        }
        broken(deliveries, request, "api_error");
        throw new ClaudeException.Rejected(ApiError.unreadable(
                "not_foldable",
                "the reply cannot be given as a whole message: its stream holds a "
                        + reply.unfolded().get() + ", which cannot be folded; ask for it with \"stream\": true"));
    }

    /** Waits for every sink, and for its dead letters, before a failed sink fails the prompt. */
    private void await(List<Delivery> deliveries) {
        SinkFailed first = null;
        for (Delivery delivery : deliveries) {
            try {
                delivery.await();
            } catch (SinkFailed failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static void broken(List<Delivery> deliveries, Request request, String reason) {
        for (Delivery delivery : deliveries) {
            if (request.progress().isContentDelivered()) {
                delivery.broken(reason);
            } else {
                delivery.forgotten();
            }
        }
    }

    private void pull(ReplyStream events, Request request, ReplyAssembler assembler, List<Delivery> deliveries) {
        while (events.hasNext()) {
            StreamEvent event = events.next();
            stopIfNobodyReads(request, deliveries);
            assembler.accept(event);
            if (!request.progress().isContentDelivered()) {
                request.progress().delivered(ticker.getAsLong());
            }
            handOn(event, request, deliveries);
        }
    }

    /** After its client has disconnected, a reply goes on for the ledger and for other requests, or ends, as the settings say. */
    private void stopIfNobodyReads(Request request, List<Delivery> deliveries) {
        if (deliveries.isEmpty() && request.isCancelled()) {
            throw new ClaudeException.Rejected(
                    ApiError.callerLeft("the client disconnected, and claude.fan-out.on-caller-gone=stop"));
        }
    }

    private void handOn(StreamEvent event, Request request, List<Delivery> deliveries) {
        request.progress().cache().shared().ifPresent(shared -> shared.add(event));
        request.stream().ifPresent(client -> client.event(event));
        String text = event.addedText();
        if (!text.isEmpty()) {
            for (Delivery delivery : deliveries) {
                delivery.chunk(text);
            }
        }
    }

    private static Map<String, Object> facts(Progress progress, Reply reply) {
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
        progress.costMicroUsd().ifPresent(cost -> facts.put(ClaudeHeaders.COST, BigDecimal.valueOf(cost, MICRO)));
        progress.timeToFirstToken().ifPresent(first -> facts.put(ClaudeHeaders.TIME_TO_FIRST_TOKEN, first.toMillis()));
        return facts;
    }

    private static void put(Map<String, Object> facts, String header, OptionalLong tokens) {
        tokens.ifPresent(count -> facts.put(header, count));
    }
}
