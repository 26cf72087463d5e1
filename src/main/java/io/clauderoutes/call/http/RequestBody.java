package io.clauderoutes.call.http;

import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.request.Attempt;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/**
 * The JSON of a request with what belongs to its call: query, headers, times and the client's credential. The HTTP client has no
 * other place for them.
 */
final class RequestBody extends ByteArrayEntity {

    private final boolean streamed;
    private final String query;
    private final Map<String, String> headers;
    private final Attempt attempt;
    private final long deadlineNanos;

    /**
     * The body of a call.
     *
     * @param streamed whether the reply is requested as a stream
     * @param query of the call's URL; empty if it has none
     * @param headers of the call, by name
     * @param deadlineNanos of the request with all its calls
     */
    RequestBody(
            byte[] json,
            boolean streamed,
            String query,
            Map<String, String> headers,
            Attempt attempt,
            long deadlineNanos) {
        super(json, ContentType.APPLICATION_JSON);
        this.streamed = streamed;
        this.query = query;
        this.headers = headers;
        this.attempt = attempt;
        this.deadlineNanos = deadlineNanos;
    }

    /** Whether the reply is streamed; the head of a whole reply arrives only when all of it is there. */
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
        return attempt.isUnwanted();
    }

    long startedNanos() {
        return attempt.startedNanos();
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    Optional<CallerCredential> credential() {
        return attempt.request().credential();
    }
}
