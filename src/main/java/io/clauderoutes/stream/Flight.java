package io.clauderoutes.stream;

import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Reply;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One request on its way, and what has become of it so far. It is the one thing that every stage shares: made at the source,
 * told by the call and the fan-out, read on the way back.
 */
public final class Flight {

    /** What the reply cache did for a request; the name in lower case is the header's value. */
    public enum CacheStatus {
        HIT,
        MISS,
        JOINED,
        BYPASS
    }

    private final Prompt prompt;
    private final long startedNanos;
    private volatile boolean contentDelivered;
    private volatile long firstContentNanos;
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile String endpoint = "";
    private volatile String requestId = "";
    private volatile long attemptStartedNanos;
    private volatile CacheStatus cacheStatus = CacheStatus.BYPASS;
    private volatile SharedReply recording;
    private volatile Reply reply;
    private volatile CallerStream caller;
    private volatile Map<String, String> responseHeaders = Map.of();

    /**
     * A request that has just come in.
     *
     * @param startedNanos when, by the ticker that all its times are read from
     */
    public Flight(Prompt prompt, long startedNanos) {
        this.prompt = prompt;
        this.startedNanos = startedNanos;
    }

    /** The same flight with another prompt, before anything was done for it. */
    public Flight asking(Prompt other) {
        Flight changed = new Flight(other, startedNanos);
        changed.caller = caller;
        return changed;
    }

    public Prompt prompt() {
        return prompt;
    }

    public long startedNanos() {
        return startedNanos;
    }

    /** One more call to an endpoint begins. */
    public void attempt(String endpointName, long nowNanos) {
        attemptStartedNanos = nowNanos;
        attempts.incrementAndGet();
        endpoint = endpointName;
        requestId = "";
    }

    /** When the call under way began. */
    public long attemptStartedNanos() {
        return attemptStartedNanos;
    }

    /** The endpoint gave the call an id. */
    public void requestId(String id) {
        requestId = id;
    }

    /** Something of the answer is handed on; from here no call may be tried again. */
    public void delivered(long nowNanos) {
        if (!contentDelivered) {
            firstContentNanos = nowNanos;
            contentDelivered = true;
        }
    }

    public boolean isContentDelivered() {
        return contentDelivered;
    }

    /** From the source to the first content that was handed on. */
    public Optional<Duration> timeToFirstToken() {
        return contentDelivered ? Optional.of(Duration.ofNanos(firstContentNanos - startedNanos)) : Optional.empty();
    }

    public int attempts() {
        return attempts.get();
    }

    public String endpoint() {
        return endpoint;
    }

    public String requestId() {
        return requestId;
    }

    public CacheStatus cacheStatus() {
        return cacheStatus;
    }

    public void cacheStatus(CacheStatus status) {
        cacheStatus = status;
    }

    /** Others read along: every event that is handed on is also added to {@code shared}. */
    public void recordInto(SharedReply shared) {
        recording = shared;
    }

    public Optional<SharedReply> recording() {
        return Optional.ofNullable(recording);
    }

    /** The caller reads along: every event that is handed on goes to {@code stream} too. */
    public void readBy(CallerStream stream) {
        caller = stream;
    }

    public Optional<CallerStream> caller() {
        return Optional.ofNullable(caller);
    }

    /** Headers of the API's own that came with its answer, by lower-case name. */
    public void responseHeaders(Map<String, String> headers) {
        responseHeaders = Map.copyOf(headers);
    }

    public Map<String, String> responseHeaders() {
        return responseHeaders;
    }

    /** The answer has come whole. */
    public void answered(Reply whole) {
        reply = whole;
    }

    public Optional<Reply> reply() {
        return Optional.ofNullable(reply);
    }
}
