package io.clauderoutes.simulator;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Sends a reply in the way that the call's fault, or the lack of one, asks for. All endpoints that write text use it. */
final class Answering {

    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final String JSON = "application/json";
    private static final long NANOS = 1_000_000_000;

    private final SimulatorSettings settings;
    private final Latency latency;
    private final Slots slots;
    private final RateLimits limits;
    private final FaultSource faults;
    private final Till till;

    Answering(SimulatorSettings settings, RateLimits limits, FaultSource faults, Till till) {
        this.settings = settings;
        this.latency =
                new Latency(settings.speed().latencyMedian(), settings.speed().latencyP99());
        this.slots = new Slots(settings.rules().capacity().slots());
        this.limits = limits;
        this.faults = faults;
        this.till = till;
    }

    /** What a call asks for. */
    @FunctionalInterface
    interface Request {
        Order read(Fault fault) throws RefusedCall;
    }

    /**
     * A reply and its two forms on the wire.
     *
     * @param stream makes the events
     * @param whole makes the body
     */
    record Order(
            FinishedReply reply,
            boolean streamed,
            Function<FinishedReply, ReplyScript> stream,
            Function<FinishedReply, byte[]> whole) {}

    void answer(Call call, Request request) {
        Fault fault = faults.next(call.random());
        if (!(fault instanceof Fault.Ok)) {
            till.fault(fault.name());
        }
        Manner usual = new Manner(latency.next(call.random()), settings.speed().tokensPerSecond(), false, false, false);
        fault.tell(new Fault.Kinds<Runnable>() {
                    @Override
                    public Runnable instead(Fault.Instead instead) {
                        boolean lost = instead instanceof Fault.ResetBeforeHeaders reset && reset.billed();
                        return lost ? () -> lose(call, request, instead) : () -> mishap(call, instead);
                    }

                    @Override
                    public Runnable within(Fault.Within within) {
                        boolean gzipped = within instanceof Fault.HugeLine line && line.gzipped();
                        return () -> send(call, request, within, usual.gzipped(gzipped));
                    }

                    @Override
                    public Runnable delivery(Fault.Delivery delivery) {
                        return () -> send(call, request, delivery, usual.changedBy(delivery));
                    }

                    @Override
                    public Runnable refusal(Fault.Refusal refusal) {
                        return () -> send(call, request, refusal, usual);
                    }
                })
                .run();
    }

    /** Prompts that are answered together: billed one by one, and sent in one piece. */
    record Group(List<FinishedReply> replies, Buffer body) {}

    /** What a call for a group asks for. */
    @FunctionalInterface
    interface GroupRequest {
        Group read() throws RefusedCall;
    }

    /**
     * Answers a group in one slot, after the time that groups take and that of its longest reply, because its prompts are answered at
     * the same time. A fault that is not instead of the answer does nothing here.
     */
    void group(Call call, GroupRequest request) {
        Fault fault = faults.next(call.random());
        if (!(fault instanceof Fault.Ok)) {
            till.fault(fault.name());
        }
        boolean lost = fault instanceof Fault.ResetBeforeHeaders reset && reset.billed();
        if (fault instanceof Fault.Instead instead && !lost) {
            mishap(call, instead);
            return;
        }
        try {
            Group group = request.read();
            call.serve(slots, groupTakes(group, call.random()), slot -> {
                slot.leave();
                for (FinishedReply reply : group.replies()) {
                    till.billed("req_" + call.id(), reply.model(), reply.input(), reply.outputTokens());
                }
                if (lost) {
                    call.hangUp();
                } else {
                    call.json(200, group.body().getBytes());
                }
            });
        } catch (RefusedCall e) {
            refuse(call, e.error());
        }
    }

    private Duration groupTakes(Group group, SplittableRandom random) {
        int longest = group.replies().stream()
                .mapToInt(FinishedReply::outputTokens)
                .max()
                .orElse(0);
        Manner timed = settings.rules()
                .capacity()
                .manner(
                        new Manner(Duration.ZERO, settings.speed().tokensPerSecond(), false, false, false),
                        longest,
                        random);
        Duration text = timed.tokensPerSecond() == 0
                ? Duration.ZERO
                : Duration.ofNanos(NANOS * longest / timed.tokensPerSecond());
        return settings.rules().batches().groupTakes().plus(timed.latency()).plus(text);
    }

    private void send(Call call, Request request, Fault fault, Manner manner) {
        try {
            Order order = request.read(fault);
            if (fault instanceof Fault.ErrorEvent error && !order.streamed()) {
                throw new RefusedCall(ErrorReply.of(error));
            }
            Manner timed = fault instanceof Fault.Slow
                    ? manner
                    : settings.rules().capacity().manner(manner, order.reply().outputTokens(), call.random());
            call.serve(slots, timed.latency(), slot -> begin(call, order, fault, timed, slot));
        } catch (RefusedCall e) {
            refuse(call, e.error());
        }
    }

    private void begin(Call call, Order order, Fault fault, Manner manner, Slots.Slot slot) {
        ReplyScript answer = order.streamed()
                ? order.stream().apply(order.reply())
                : whole(order, fault, manner.tokensPerSecond() > 0);
        Script script = answer;
        if (fault instanceof Fault.Within within) {
            script = new FaultedScript(answer, order.streamed() ? within : outsideOfStrings(within));
        }
        if (manner.broken()) {
            script = new BrokenScript(script, order.reply().outputTokens());
        }
        if (manner.gzipped()) {
            script = new GzippedScript(script);
            call.response().putHeader("content-encoding", "gzip");
        }
        if (manner.byteByByte()) {
            script = new SingleBytes(script);
        }
        Tab tab = new Tab(
                call, order.reply(), order.streamed(), limits, till, order.streamed() ? EVENTS : JSON, slot::leave);
        call.response().setChunked(order.streamed() || !(fault instanceof Fault.Ok));
        new Outflow(
                        call.vertx(),
                        call.response(),
                        call.reset(),
                        script,
                        tab,
                        manner.tokensPerSecond(),
                        TokenCount.of(settings.speed().deltaChars()))
                .start();
    }

    private WholeBody whole(Order order, Fault fault, boolean paced) {
        byte[] body = order.whole().apply(order.reply());
        int tokens = order.reply().outputTokens();
        if (fault instanceof Fault.Within) {
            return WholeBody.inPieces(body, tokens, settings.speed().deltaChars());
        }
        return paced ? WholeBody.paced(body, tokens, settings.speed().deltaChars()) : WholeBody.atOnce(body, tokens);
    }

    /** The filling of a whole answer stands before it, where it leaves it valid. */
    private static Fault.Within outsideOfStrings(Fault.Within fault) {
        return fault instanceof Fault.HugeLine line ? new Fault.HugeLine(0, line.bytes(), line.gzipped()) : fault;
    }

    /** The reply is complete and billed, and no client receives it. */
    private void lose(Call call, Request request, Fault fault) {
        try {
            Order order = request.read(fault);
            new Tab(call, order.reply(), false, limits, till, JSON, () -> {}).lost();
            call.hangUp();
        } catch (RefusedCall e) {
            refuse(call, e.error());
        }
    }

    private void mishap(Call call, Fault.Instead fault) {
        limits.describeTo(call.response());
        fault.choose(new Mishap(call)).run();
    }

    private void refuse(Call call, ErrorReply error) {
        if (error.status() != 401) {
            limits.describeTo(call.response());
        }
        call.refuse(error);
    }
}
