package io.clauderoutes.request;

import io.clauderoutes.Reply;
import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.message.Prompt;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

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
    /** What a call knows of its request is kept there; that is this very flight unless calls are made side by side. */
    private final Flight request;
    /** Holds the first of calls side by side that has begun to answer. */
    private final AtomicReference<Flight> race;

    private volatile boolean contentDelivered;
    private volatile long firstContentNanos;
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile String source = "direct";
    private volatile CallRecorder.Entry entry = CallRecorder.Entry.NONE;
    private volatile String endpoint = "";
    private volatile String requestId = "";
    private volatile long attemptStartedNanos;
    private volatile boolean answering;
    private volatile boolean letIn;
    private volatile BooleanSupplier clientGone = () -> false;
    private volatile boolean stopsWithClient;
    private volatile boolean fromClient;
    private volatile boolean retriedByClient;
    private volatile CacheStatus cacheStatus = CacheStatus.BYPASS;
    private volatile Duration age = Duration.ZERO;
    private volatile SharedReply recording;
    private volatile Reply reply;
    private volatile boolean acknowledged = true;
    private volatile boolean finished;
    private volatile CallerStream caller;
    private volatile CallerCredential credential;
    private volatile Map<String, String> responseHeaders = Map.of();
    private volatile UnaryOperator<byte[]> errorRedaction = UnaryOperator.identity();

    /**
     * A request that has just come in.
     *
     * @param startedNanos when, by the ticker that all its times are read from
     */
    public Flight(Prompt prompt, long startedNanos) {
        this.prompt = prompt;
        this.startedNanos = startedNanos;
        this.request = this;
        this.race = null;
    }

    private Flight(Flight request, AtomicReference<Flight> race) {
        this.prompt = request.prompt;
        this.startedNanos = request.startedNanos;
        this.request = request;
        this.race = race;
    }

    /**
     * A call of this request that others may be made beside. It knows of itself what is a call's own: endpoint, times, books, head.
     * That becomes the request's if it is the first to answer.
     */
    public Flight call() {
        return new Flight(request, new AtomicReference<>());
    }

    /** Redacts the bodies of the endpoint's errors by the policy of this request. */
    public void redactErrors(UnaryOperator<byte[]> redaction) {
        request.errorRedaction = redaction;
    }

    /** The body of an error of the endpoint as it may be told. */
    public byte[] redactedError(byte[] body) {
        return request.errorRedaction.apply(body);
    }

    /** Another call beside this one. */
    public Flight rival() {
        return new Flight(request, race);
    }

    /** The same flight with another prompt, before anything was done for it. */
    public Flight asking(Prompt other) {
        Flight changed = new Flight(other, startedNanos);
        changed.caller = caller;
        changed.acknowledged = acknowledged;
        changed.credential = credential;
        changed.source = source;
        changed.letIn = letIn;
        changed.clientGone = clientGone;
        changed.stopsWithClient = stopsWithClient;
        changed.fromClient = fromClient;
        changed.retriedByClient = retriedByClient;
        changed.errorRedaction = errorRedaction;
        if (caller != null) {
            caller.follow(changed);
        }
        return changed;
    }

    public Prompt prompt() {
        return prompt;
    }

    public long startedNanos() {
        return startedNanos;
    }

    /** The route that the request came in by. */
    public void cameBy(String name) {
        source = name;
    }

    /** Where the request came from: a name of {@code claude.sources}, or the id of another route. */
    public String source() {
        return request.source;
    }

    /** The call that begins next is written down here. */
    public void enteredAs(CallRecorder.Entry its) {
        entry = its;
    }

    /** What the books say of the latest call. */
    public CallRecorder.Entry entry() {
        return entry;
    }

    /** The limits allow it: from here on it is at work. */
    public void letIn() {
        letIn = true;
    }

    /** Whether it is at work, and waits for its turn no more. */
    public boolean isLetIn() {
        return letIn;
    }

    /** One more call to an endpoint begins. */
    public void attempt(String endpointName, long nowNanos) {
        attemptStartedNanos = nowNanos;
        answering = false;
        request.attempts.incrementAndGet();
        endpoint = endpointName;
        requestId = "";
    }

    /** When the call under way began. */
    public long attemptStartedNanos() {
        return attemptStartedNanos;
    }

    /** The call under way has begun to answer; false if another beside it was first, and nobody wants this answer. */
    public boolean answering() {
        if (race != null && !race.compareAndSet(null, this) && race.get() != this) {
            return false;
        }
        answering = true;
        if (request != this) {
            request.becomes(this);
        }
        return true;
    }

    private void becomes(Flight call) {
        entry = call.entry;
        endpoint = call.endpoint;
        requestId = call.requestId;
        attemptStartedNanos = call.attemptStartedNanos;
        answering = call.answering;
        responseHeaders = call.responseHeaders;
    }

    /**
     * The request comes from a client of the gateway.
     *
     * @param gone whether the client has disconnected
     * @param stops whether the request ends then, unless other requests have joined it
     */
    public void fromClient(BooleanSupplier gone, boolean stops) {
        clientGone = gone;
        stopsWithClient = stops;
        fromClient = true;
    }

    /** The client sends the request again itself if it fails. */
    public void retriedByClient() {
        retriedByClient = true;
    }

    /** Whether the client sends the request again itself: then each endpoint is called once, and nothing is waited for. */
    public boolean isRetriedByClient() {
        return request.retriedByClient;
    }

    /** Whether the request comes from a client of the gateway, which decides itself what it sends at once and when it tries again. */
    public boolean isFromClient() {
        return request.fromClient;
    }

    /** Whether the client has disconnected and no other request has joined this one. */
    public boolean isAbandoned() {
        return request.clientGone.getAsBoolean()
                && recording().filter(SharedReply::isJoined).isEmpty();
    }

    /** Whether the request is abandoned and ends for that reason. */
    public boolean isForgone() {
        return request.stopsWithClient && isAbandoned();
    }

    /** Whether another call beside this one was the first to answer. */
    public boolean isOvertaken() {
        return race != null && race.get() != null && race.get() != this;
    }

    public boolean isAnswering() {
        return answering;
    }

    /** The endpoint gave the call an id. */
    public void requestId(String id) {
        requestId = id;
    }

    /** Something of the answer is handed on; from here no call may be tried again. */
    public void delivered(long nowNanos) {
        request.firstContentNanos = nowNanos;
        request.contentDelivered = true;
    }

    public boolean isContentDelivered() {
        return request.contentDelivered;
    }

    /** From the source to the first content that was handed on. */
    public Optional<Duration> timeToFirstToken() {
        return request.contentDelivered
                ? Optional.of(Duration.ofNanos(request.firstContentNanos - startedNanos))
                : Optional.empty();
    }

    public int attempts() {
        return request.attempts.get();
    }

    public String endpoint() {
        return endpoint;
    }

    public String requestId() {
        return requestId;
    }

    public CacheStatus cacheStatus() {
        return request.cacheStatus;
    }

    public void cacheStatus(CacheStatus status) {
        cacheStatus = status;
    }

    /** How long ago the reply from the cache was stored. */
    public void age(Duration its) {
        age = its;
    }

    public Duration age() {
        return age;
    }

    /** Others read along: every event that is handed on is also added to {@code shared}. */
    public void recordInto(SharedReply shared) {
        recording = shared;
    }

    public Optional<SharedReply> recording() {
        return Optional.ofNullable(request.recording);
    }

    /** The caller reads along: every event that is handed on goes to {@code stream} too. */
    public void readBy(CallerStream stream) {
        caller = stream;
    }

    public Optional<CallerStream> caller() {
        return Optional.ofNullable(request.caller);
    }

    /** Calls are made with the caller's own credential, not with ours. */
    public void asCaller(CallerCredential own) {
        credential = own;
    }

    /** The caller's own credential, if calls are made with it. */
    public Optional<CallerCredential> credential() {
        return Optional.ofNullable(request.credential);
    }

    /** Nobody acknowledges the prompt once it is answered, as a queue or a folder is; the answer itself is all there is. */
    public void forItsAnswerOnly() {
        acknowledged = false;
    }

    /** Whether the prompt counts as done only when everything about it is kept. */
    public boolean isAcknowledged() {
        return request.acknowledged;
    }

    /** Headers of the API's own that came with its answer, by lower-case name. */
    public void responseHeaders(Map<String, String> headers) {
        responseHeaders = Map.copyOf(headers);
    }

    public Map<String, String> responseHeaders() {
        return responseHeaders;
    }

    /** Its end is logged and counted: nothing logs it again. */
    public void finished() {
        request.finished = true;
    }

    /** Whether its end is logged and counted. */
    public boolean isFinished() {
        return request.finished;
    }

    /** The answer has come whole. */
    public void answered(Reply whole) {
        request.reply = whole;
    }

    public Optional<Reply> reply() {
        return Optional.ofNullable(request.reply);
    }
}
