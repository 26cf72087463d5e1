package io.clauderoutes.simulator;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What goes wrong with one call. A fault "after N deltas" strikes before the end of a shorter answer too, so that a
 * scripted fault never goes unnoticed.
 */
public sealed interface Fault {

    /** As long as the client waits. */
    Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    /** A short word for the bill and for messages, the same that {@link #named} understands. */
    String name();

    <R> R tell(Kinds<R> kinds);

    /** Reads one fault, or a list of them, from JSON: {@code {"fault":"status","status":529}} or just {@code "ok"}. */
    static List<Fault> fromJson(String json) {
        return FaultJson.read(json);
    }

    /** Reads a fault from its short form: {@code gzip}, {@code status-529}, {@code reset-3}. */
    static Fault named(String name) {
        return FaultJson.named(name);
    }

    /**
     * The same faults, for calls for tokens.
     *
     * @throws IllegalArgumentException if one is within a text, which such an answer does not have
     */
    static List<Fault> ofTokens(List<Fault> faults) {
        for (Fault fault : faults) {
            if (!(fault instanceof Instead || fault instanceof Ok || fault instanceof Slow)) {
                throw new IllegalArgumentException(
                        "a call for a token has no text that " + fault.name() + " could strike");
            }
        }
        return faults;
    }

    static Status status(int status) {
        return new Status(status, "", "", Map.of());
    }

    static Status status(int status, Duration retryAfter) {
        return status(status).header("retry-after", Long.toString(retryAfter.toSeconds()));
    }

    static Status status(int status, String errorCode) {
        return new Status(status, errorCode, "", Map.of());
    }

    /** One method per kind of fault: what it takes the place of. */
    interface Kinds<R> {
        R instead(Instead fault);

        R within(Within fault);

        R delivery(Delivery fault);

        R refusal(Refusal fault);
    }

    /** The fault is all that the client gets; nothing is generated. */
    sealed interface Instead extends Fault {
        <R> R choose(Instead.Cases<R> cases);

        @Override
        default <R> R tell(Kinds<R> kinds) {
            return kinds.instead(this);
        }

        interface Cases<R> {
            R status(Status fault);

            R html(Html fault);

            R redirect(Redirect fault);

            R resetBeforeHeaders(ResetBeforeHeaders fault);

            R stallBeforeHeaders(StallBeforeHeaders fault);
        }
    }

    /** The answer begins well, and something happens after some deltas. */
    sealed interface Within extends Fault {
        int afterDeltas();

        <R> R choose(Within.Cases<R> cases);

        @Override
        default <R> R tell(Kinds<R> kinds) {
            return kinds.within(this);
        }

        interface Cases<R> {
            R reset(Reset fault);

            R end(End fault);

            R error(ErrorEvent fault);

            R junk(Junk fault);

            R unknownEvent(UnknownEvent fault);

            R stall(Stall fault);

            R hugeLine(HugeLine fault);
        }
    }

    /** The answer is made as usual, and arrives in an unusual way. */
    sealed interface Delivery extends Fault {
        <R> R choose(Delivery.Cases<R> cases);

        @Override
        default <R> R tell(Kinds<R> kinds) {
            return kinds.delivery(this);
        }

        interface Cases<R> {
            R ok(Ok fault);

            R byteByByte(ByteByByte fault);

            R gzip(Gzip fault);

            R slow(Slow fault);

            R broken(Broken fault);
        }
    }

    /** No fault. */
    record Ok() implements Delivery {
        @Override
        public String name() {
            return "ok";
        }

        @Override
        public <R> R choose(Delivery.Cases<R> cases) {
            return cases.ok(this);
        }
    }

    /** An error status with the API's own body for it. An empty code or message stands for the usual one. */
    record Status(int status, String errorCode, String message, Map<String, String> headers) implements Instead {
        private static final Set<Integer> KNOWN =
                Set.of(400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529);

        public Status {
            headers = Map.copyOf(headers);
            if (!KNOWN.contains(status)) {
                throw new IllegalArgumentException("a status fault must have one of the statuses "
                        + KNOWN.stream().sorted().toList() + ", but has " + status);
            }
        }

        public Status header(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Status(status, errorCode, message, more);
        }

        @Override
        public String name() {
            return "status-" + status;
        }

        @Override
        public <R> R choose(Instead.Cases<R> cases) {
            return cases.status(this);
        }
    }

    /** A web page where JSON or an event stream was expected, as a proxy in between would send it. */
    record Html(int status) implements Instead {
        public Html {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException(
                        "an html fault must have a status from 200 to 599, but has " + status);
            }
        }

        @Override
        public String name() {
            return "html-" + status;
        }

        @Override
        public <R> R choose(Instead.Cases<R> cases) {
            return cases.html(this);
        }
    }

    record Redirect(int status, String location) implements Instead {
        public Redirect {
            if (status < 300 || status > 399) {
                throw new IllegalArgumentException("a redirect must have a status from 300 to 399, but has " + status);
            }
        }

        @Override
        public String name() {
            return "redirect-" + status;
        }

        @Override
        public <R> R choose(Instead.Cases<R> cases) {
            return cases.redirect(this);
        }
    }

    /** The connection is reset and no byte is answered. With {@code billed}, the answer was made and lost on its way. */
    record ResetBeforeHeaders(boolean billed) implements Instead {
        @Override
        public String name() {
            return billed ? "reset-before-headers-billed" : "reset-before-headers";
        }

        @Override
        public <R> R choose(Instead.Cases<R> cases) {
            return cases.resetBeforeHeaders(this);
        }
    }

    /** The request is taken and nothing is answered for a while; then the connection is closed. */
    record StallBeforeHeaders(Duration duration) implements Instead {
        @Override
        public String name() {
            return "stall-before-headers";
        }

        @Override
        public <R> R choose(Instead.Cases<R> cases) {
            return cases.stallBeforeHeaders(this);
        }
    }

    record Reset(int afterDeltas) implements Within {
        public Reset {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "reset-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.reset(this);
        }
    }

    /** The response ends as HTTP wants it, without the events that end a message. */
    record End(int afterDeltas) implements Within {
        public End {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "end-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.end(this);
        }
    }

    /** An {@code error} event, and the end of the response. An answer that is not streamed becomes the error's status. */
    record ErrorEvent(int afterDeltas, String type, String message) implements Within {
        public ErrorEvent {
            deltas(afterDeltas);
        }

        public static ErrorEvent overloaded(int afterDeltas) {
            return new ErrorEvent(afterDeltas, "overloaded_error", "Overloaded");
        }

        @Override
        public String name() {
            return "error-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.error(this);
        }
    }

    /** A frame that is not JSON; the answer then goes on. */
    record Junk(int afterDeltas) implements Within {
        public Junk {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "junk-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.junk(this);
        }
    }

    /** An event and a delta of kinds that do not exist yet; the answer then goes on. Only a stream can have it. */
    record UnknownEvent(int afterDeltas) implements Within {
        public UnknownEvent {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "unknown-event-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.unknownEvent(this);
        }
    }

    /** Silence, without pings; the answer then goes on, if the client is still there. */
    record Stall(int afterDeltas, Duration duration) implements Within {
        public Stall {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "stall-" + afterDeltas;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.stall(this);
        }
    }

    /** One delta with a text of many bytes on one line, made as it is sent and not billed; gzipped it is a bomb. */
    record HugeLine(int afterDeltas, long bytes, boolean gzipped) implements Within {
        public HugeLine {
            deltas(afterDeltas);
            if (bytes < 1) {
                throw new IllegalArgumentException("a huge line must have at least 1 byte, but has " + bytes);
            }
        }

        @Override
        public String name() {
            return gzipped ? "huge-line-gzipped-" + bytes : "huge-line-" + bytes;
        }

        @Override
        public <R> R choose(Within.Cases<R> cases) {
            return cases.hugeLine(this);
        }
    }

    /** Each byte of the body in a write of its own. */
    record ByteByByte() implements Delivery {
        @Override
        public String name() {
            return "byte-by-byte";
        }

        @Override
        public <R> R choose(Delivery.Cases<R> cases) {
            return cases.byteByByte(this);
        }
    }

    /** The body is gzipped, whether the client asked for it or not. */
    record Gzip() implements Delivery {
        @Override
        public String name() {
            return "gzip";
        }

        @Override
        public <R> R choose(Delivery.Cases<R> cases) {
            return cases.gzip(this);
        }
    }

    /** Latency and speed of this call; 0 tokens per second for no limit. */
    record Slow(Duration latency, int tokensPerSecond) implements Delivery {
        public Slow {
            if (latency.isNegative() || tokensPerSecond < 0) {
                throw new IllegalArgumentException("latency and tokensPerSecond must not be negative, but are "
                        + latency + " and " + tokensPerSecond);
            }
        }

        @Override
        public String name() {
            return "slow";
        }

        @Override
        public <R> R choose(Delivery.Cases<R> cases) {
            return cases.slow(this);
        }
    }

    /** The connection breaks when half of the reply's tokens are made; of a reply that is not streamed, nothing arrives. */
    record Broken() implements Delivery {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public <R> R choose(Delivery.Cases<R> cases) {
            return cases.broken(this);
        }
    }

    /**
     * The model declines: before any text, which is not billed, or after some deltas, which is. A company gateway has no
     * words for it and answers as usual.
     */
    record Refusal(int afterDeltas, String category) implements Fault {
        public Refusal {
            deltas(afterDeltas);
        }

        @Override
        public String name() {
            return "refusal-" + afterDeltas;
        }

        @Override
        public <R> R tell(Kinds<R> kinds) {
            return kinds.refusal(this);
        }
    }

    private static void deltas(int afterDeltas) {
        if (afterDeltas < 0) {
            throw new IllegalArgumentException("afterDeltas must not be negative, but is " + afterDeltas);
        }
    }
}
