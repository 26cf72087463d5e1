package io.clauderoutes.fanout;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.Usage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Flight;
import io.clauderoutes.request.Flight.CacheStatus;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/**
 * Pulls the reply, hands it to every sink as it comes, and makes the whole of it the answer. Events before the first content
 * are held, so that a call which breaks off before it has begun to answer can be made again without anybody having seen it.
 */
public final class FanOut implements Processor {

    private final Map<String, Sink> sinks;
    /** Digits after the point of an amount in dollars. */
    private static final int MICRO = 6;

    private final Duration sinkTimeout;
    private final List<String> headers;
    private final Executor executor;
    private final Executor here;
    private final CallRecorder books;
    private final MessageJson json;
    private final ClaudeMeters meters;
    private final RequestOutcomes outcomes;
    private final LongSupplier ticker;

    /**
     * Fans out to sinks by name.
     *
     * @param headers names of the headers that travel from a prompt to its sinks
     * @param executor runs deliveries side by side
     * @param here runs the only delivery of an answer on the thread that has the answer
     */
    FanOut(
            Map<String, Sink> sinks,
            ClaudeSettings.FanOut settings,
            List<String> headers,
            Executor executor,
            Executor here,
            CallRecorder books,
            MessageJson json,
            ClaudeMeters meters,
            RequestOutcomes outcomes,
            LongSupplier ticker) {
        this.sinks = Map.copyOf(sinks);
        this.sinkTimeout = settings.sinkTimeout();
        this.headers = List.copyOf(headers);
        this.executor = executor;
        this.here = here;
        this.books = books;
        this.json = json;
        this.meters = meters;
        this.outcomes = outcomes;
        this.ticker = ticker;
    }

    @Override
    public void process(Exchange exchange) {
        Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
        Message message = exchange.getMessage();
        if (flight.cacheStatus() == CacheStatus.HIT || flight.cacheStatus() == CacheStatus.JOINED) {
            books.notCalled(flight);
        }
        List<Delivery> deliveries = deliveries(flight.prompt(), message);
        ReplyAssembler assembler = new ReplyAssembler(json);
        Optional<Frame> whole;
        try (ReplyStream events = (ReplyStream) message.getBody()) {
            pull(events, flight, assembler, deliveries);
            whole = events.whole();
        } catch (ClaudeException failure) {
            broken(deliveries, flight, failure.type());
            throw flight.isContentDelivered()
                    ? new ClaudeException.StreamBroken(failure.error(), assembler.text(), failure)
                    : failure;
        } catch (RuntimeException failure) {
            broken(deliveries, flight, "api_error");
            throw failure;
        }
        Reply reply = assembler.reply(whole);
        flight.answered(reply);
        if (flight.cacheStatus() == CacheStatus.MISS || flight.cacheStatus() == CacheStatus.BYPASS) {
            meters.tokens(flight.prompt().request().model(), reply.usage());
        }
        wholeOrRefused(reply, flight, deliveries);
        Map<String, Object> facts = facts(flight, reply);
        if (!deliveries.isEmpty()) {
            Map<String, Object> addressed = new HashMap<>(address(flight.prompt(), message));
            addressed.putAll(facts);
            deliveries.forEach(delivery -> delivery.whole(reply, addressed));
            await(deliveries);
        }
        message.setBody(reply.text());
        message.getHeaders().putAll(facts);
        outcomes.answered(exchange, flight, reply);
    }

    /** Only a client that reads the stream can do with a reply that cannot be folded. */
    private static void wholeOrRefused(Reply reply, Flight flight, List<Delivery> deliveries) {
        if (reply.unfolded().isEmpty() || (flight.caller().isPresent() && deliveries.isEmpty())) {
            return;
        }
        broken(deliveries, flight, "api_error");
        throw new ClaudeException.Rejected(ApiError.unreadable(
                "not_foldable",
                "the reply cannot be given as a whole message: its stream holds a "
                        + reply.unfolded().get() + ", which cannot be folded; ask for it with \"stream\": true"));
    }

    /** Every sink is heard, and has its dead letters, before one that failed fails the prompt. */
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

    private static void broken(List<Delivery> deliveries, Flight flight, String reason) {
        for (Delivery delivery : deliveries) {
            if (flight.isContentDelivered()) {
                delivery.broken(reason);
            } else {
                delivery.forgotten();
            }
        }
    }

    private List<Delivery> deliveries(Prompt prompt, Message message) {
        boolean isOnly = prompt.options().sinks().size() == 1;
        List<Delivery> deliveries = new ArrayList<>(prompt.options().sinks().size());
        for (String name : prompt.options().sinks()) {
            Sink sink = sinks.get(name);
            deliveries.add(
                    sink.wantsChunks()
                            ? new ChunkDelivery(sink, executor, sinkTimeout, address(prompt, message))
                            : new WholeDelivery(sink, isOnly ? here : executor, sinkTimeout));
        }
        return deliveries;
    }

    private void pull(ReplyStream events, Flight flight, ReplyAssembler assembler, List<Delivery> deliveries) {
        while (events.hasNext()) {
            StreamEvent event = events.next();
            stopIfNobodyReads(flight, deliveries);
            assembler.accept(event);
            if (!flight.isContentDelivered()) {
                flight.delivered(ticker.getAsLong());
            }
            handOn(event, flight, deliveries);
        }
    }

    /** A caller who has left lets the reply go on for the books and for others, or ends it, as the settings say. */
    private void stopIfNobodyReads(Flight flight, List<Delivery> deliveries) {
        if (deliveries.isEmpty() && flight.isForgone()) {
            throw new ClaudeException.Rejected(
                    ApiError.callerLeft("the caller left, and claude.fan-out.on-caller-gone=stop"));
        }
    }

    private void handOn(StreamEvent event, Flight flight, List<Delivery> deliveries) {
        flight.recording().ifPresent(shared -> shared.add(event));
        flight.caller().ifPresent(caller -> caller.event(event));
        String text = textOf(event);
        if (!text.isEmpty()) {
            for (Delivery delivery : deliveries) {
                delivery.chunk(text);
            }
        }
    }

    private static String textOf(StreamEvent event) {
        if (event instanceof StreamEvent.TextDelta delta) {
            return delta.text();
        }
        if (event instanceof StreamEvent.MessageStart start) {
            return start.text();
        }
        return event instanceof StreamEvent.BlockStart start ? start.text() : "";
    }

    /** Headers that say which prompt an answer belongs to. A file's name in them is one that no path can hide in. */
    private Map<String, Object> address(Prompt prompt, Message message) {
        Map<String, Object> address = new HashMap<>();
        for (String name : headers) {
            Object value = message.getHeader(name);
            if (value != null) {
                address.put(name, value);
            }
        }
        String name = prompt.options().name();
        address.put(ClaudeHeaders.PROMPT_ID, prompt.id());
        address.put(ClaudeHeaders.NAME, name);
        address.put(Exchange.FILE_NAME, fileName(name.isEmpty() ? prompt.id() + ".txt" : name));
        prompt.options().session().ifPresent(session -> address.put(ClaudeHeaders.SESSION, session));
        return address;
    }

    /** The path that a source gave, kept below the sink's folder whatever is in it. */
    private static String fileName(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : name.split("[/\\\\]", -1)) {
            String plain = part.replaceAll("[\\p{Cntrl}:*?\"<>|]", "_");
            if (!plain.isEmpty() && !plain.equals(".") && !plain.equals("..")) {
                parts.add(plain);
            }
        }
        return parts.isEmpty() ? "answer.txt" : String.join("/", parts);
    }

    private static Map<String, Object> facts(Flight flight, Reply reply) {
        Map<String, Object> facts = new HashMap<>();
        facts.put(ClaudeHeaders.REPLY_ID, reply.id());
        facts.put(ClaudeHeaders.STOP_REASON, reply.stopReason());
        Usage usage = reply.usage();
        put(facts, ClaudeHeaders.INPUT_TOKENS, usage.input());
        put(facts, ClaudeHeaders.OUTPUT_TOKENS, usage.output());
        put(facts, ClaudeHeaders.CACHE_READ_TOKENS, usage.cacheRead());
        put(facts, ClaudeHeaders.CACHE_WRITE_TOKENS, usage.cacheWrite());
        facts.put(ClaudeHeaders.CACHE_STATUS, flight.cacheStatus().name().toLowerCase(Locale.ROOT));
        facts.put(ClaudeHeaders.ENDPOINT, flight.endpoint());
        facts.put(ClaudeHeaders.ATTEMPTS, flight.attempts());
        facts.put(ClaudeHeaders.REQUEST_ID, flight.requestId());
        flight.entry().costMicroUsd().ifPresent(cost -> facts.put(ClaudeHeaders.COST, BigDecimal.valueOf(cost, MICRO)));
        flight.timeToFirstToken().ifPresent(first -> facts.put(ClaudeHeaders.TIME_TO_FIRST_TOKEN, first.toMillis()));
        return facts;
    }

    private static void put(Map<String, Object> facts, String header, OptionalLong tokens) {
        tokens.ifPresent(count -> facts.put(header, count));
    }
}
