package io.clauderoutes.call.http;

import io.clauderoutes.message.CallerCredential;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/**
 * The JSON of a request on its way through the HTTP client, which has no other place for what belongs to the call alone: its times
 * and, where it goes in the caller's own name, with what credential.
 */
final class RequestBody extends ByteArrayEntity {

    private final boolean streamed;
    private final String query;
    private final Map<String, String> headers;
    private final Optional<CallerCredential> credential;
    private final BooleanSupplier unwanted;
    private final long leftNanos;
    private final long deadlineNanos;

    /**
     * The body of a call.
     *
     * @param streamed whether the answer is asked for as a stream
     * @param query of the call's URL; empty if it has none
     * @param headers of the request, by name
     * @param unwanted whether nobody wants the answer any more, for another has come or the caller has left
     * @param leftNanos when the call began
     * @param deadlineNanos of its request with all calls
     */
    RequestBody(
            byte[] json,
            boolean streamed,
            String query,
            Map<String, String> headers,
            Optional<CallerCredential> credential,
            BooleanSupplier unwanted,
            long leftNanos,
            long deadlineNanos) {
        super(json, ContentType.APPLICATION_JSON);
        this.streamed = streamed;
        this.query = query;
        this.headers = headers;
        this.credential = credential;
        this.unwanted = unwanted;
        this.leftNanos = leftNanos;
        this.deadlineNanos = deadlineNanos;
    }

    /** Whether the answer comes piece by piece; the head of another comes only when all of it is there. */
    boolean isStreamed() {
        return streamed;
    }

    String query() {
        return query;
    }

    Map<String, String> headers() {
        return headers;
    }

    boolean isUnwanted() {
        return unwanted.getAsBoolean();
    }

    long leftNanos() {
        return leftNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    Optional<CallerCredential> credential() {
        return credential;
    }
}
