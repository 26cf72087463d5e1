package io.clauderoutes.request;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.tracing.TraceSpan;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;

/** One call of a request to one endpoint. The call stage makes it; the thread of the call writes it. */
public final class Attempt {

    private final Request request;
    private final String endpoint;
    private final long startedNanos;
    private final CallRecorder.Entry entry;
    private final Race race;
    private final TraceSpan span;
    private volatile long firstTokenNanos;
    private volatile boolean replying;
    private volatile String requestId = "";
    private volatile Map<String, String> responseHeaders = Map.of();

    /**
     * A call that begins now.
     *
     * @param startedNanos by the bundle's ticker
     * @param entry where the call is recorded
     * @param race with the attempts that are made beside this one
     */
    public Attempt(Request request, String endpoint, long startedNanos, CallRecorder.Entry entry, Race race) {
        this(request, endpoint, startedNanos, entry, race, TraceSpan.NONE);
    }

    /** The same with the span of the call. */
    public Attempt(
            Request request, String endpoint, long startedNanos, CallRecorder.Entry entry, Race race, TraceSpan span) {
        this.request = request;
        this.endpoint = endpoint;
        this.startedNanos = startedNanos;
        this.entry = entry;
        this.race = race;
        this.span = span;
    }

    /** Attempts of one request that are made side by side: the first to reply wins. */
    public static final class Race {
        private final AtomicReference<Attempt> winner = new AtomicReference<>();

        /** Whether an attempt has replied. */
        public boolean isWon() {
            return winner.get() != null;
        }

        /** Whether the attempt at this endpoint was the first to reply. */
        public boolean isWonBy(String endpoint) {
            Attempt first = winner.get();
            return first != null && first.endpoint.equals(endpoint);
        }
    }

    /** The attempt of an exchange; null where no call was made. */
    public static Attempt of(Exchange exchange) {
        return exchange.getProperty(ClaudeHeaders.ATTEMPT, Attempt.class);
    }

    /** Makes this the attempt of an exchange. */
    public void putOn(Exchange exchange) {
        exchange.setProperty(ClaudeHeaders.ATTEMPT, this);
    }

    public Request request() {
        return request;
    }

    /** A name of {@code claude.endpoints}. */
    public String endpoint() {
        return endpoint;
    }

    /** When the call began, by the bundle's ticker. */
    public long startedNanos() {
        return startedNanos;
    }

    /** Where the call is recorded. */
    public CallRecorder.Entry entry() {
        return entry;
    }

    /** The span of the call. */
    public TraceSpan span() {
        return span;
    }

    /** The head of the response is there, good or not. */
    public void responded(String id, Map<String, String> headers) {
        requestId = id;
        responseHeaders = Map.copyOf(headers);
        entry.requestId(id);
    }

    /** The endpoint's id for the call; empty text if it gave none. */
    public String requestId() {
        return requestId;
    }

    /** The API's own headers of the response, by lower-case name. */
    public Map<String, String> responseHeaders() {
        return responseHeaders;
    }

    /** The reply begins; false if another attempt of the race was first, so that this reply is not needed. */
    public boolean reply() {
        if (!race.winner.compareAndSet(null, this) && race.winner.get() != this) {
            return false;
        }
        replying = true;
        request.progress().decidedBy(this);
        return true;
    }

    /** The first token, or the whole of a reply that is not streamed, has come so many nanoseconds after the call was sent. */
    public void firstToken(long nanos) {
        firstTokenNanos = nanos;
    }

    /** Nanoseconds from the call to its first token; 0 before it. */
    public long firstTokenNanos() {
        return firstTokenNanos;
    }

    /** Whether the reply has begun. */
    public boolean isReplying() {
        return replying;
    }

    /** Whether another attempt of the race replied first. */
    public boolean isSuperseded() {
        Attempt first = race.winner.get();
        return first != null && first != this;
    }

    /** Whether the reply is no longer needed: it is superseded, or its request is cancelled. */
    public boolean isUnwanted() {
        return isSuperseded() || request.isCancelled();
    }
}
