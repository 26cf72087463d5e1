package io.clauderoutes;

import io.clauderoutes.text.Printable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What an endpoint said when it refused.
 *
 * @param status HTTP status; of an error inside a stream the status that belongs to its type
 * @param type the API's word, such as {@code overloaded_error}
 * @param message the API's sentence
 * @param code {@code error.details.error_code}, the stable word to branch on, where there is one
 * @param requestId the API's id of the call
 * @param retryAfter the wait that the API asked for
 * @param response the HTTP response that carried the error
 */
public record ApiError(
        int status,
        String type,
        String message,
        Optional<String> code,
        Optional<String> requestId,
        Optional<Duration> retryAfter,
        ErrorResponse response) {

    /**
     * The HTTP response that carried an error.
     *
     * @param headers response headers that a client may see, by lower-case name
     * @param body the body of the response as it came; empty if there was none
     */
    public record ErrorResponse(Map<String, String> headers, Optional<Frame> body) {
        public ErrorResponse {
            headers = Map.copyOf(headers);
        }
    }

    /** Not a status of the API: nginx's status for a request that its client has closed. */
    private static final int CLOSED_STATUS = 499;

    private static final int BAD_GATEWAY_STATUS = 502;
    private static final String UNREADABLE = "response_";
    private static final String CALLER_LEFT = "caller_left";
    private static final String SUPERSEDED = "superseded";

    public ApiError {
        type = Printable.of(type);
    }

    /** Response headers that a client may see, by lower-case name. */
    public Map<String, String> headers() {
        return response.headers();
    }

    /** The body of the response as it came; empty if there was none. */
    public Optional<Frame> body() {
        return response.body();
    }

    /** An error that we raise ourselves, in the API's words. */
    public static ApiError ours(int status, String type, String message) {
        return new ApiError(
                status,
                type,
                message,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new ErrorResponse(Map.of(), Optional.empty()));
    }

    /** Why a call was cancelled after its client disconnected. */
    public static ApiError callerLeft(String message) {
        return ours(CLOSED_STATUS, CALLER_LEFT, message);
    }

    /** Why a call was cancelled after another call of the request replied first. */
    public static ApiError superseded(String message) {
        return ours(CLOSED_STATUS, SUPERSEDED, message);
    }

    /**
     * An endpoint's response that was paid for and cannot be read: the call is never made again, here or by the client.
     *
     * @param code what is wrong with it, such as {@code response_too_large}
     */
    public static ApiError unreadable(String code, String message) {
        return new ApiError(
                BAD_GATEWAY_STATUS,
                "api_error",
                message,
                Optional.of(UNREADABLE + code),
                Optional.empty(),
                Optional.empty(),
                new ErrorResponse(Map.of("x-should-retry", "false"), Optional.empty()));
    }

    /** Whether the endpoint's response was paid for and cannot be read. */
    public boolean isUnreadable() {
        return code.filter(its -> its.startsWith(UNREADABLE)).isPresent();
    }

    /** The same with an id of the response. */
    public ApiError withRequestId(String id) {
        return new ApiError(status, type, message, code, Optional.of(id), retryAfter, response);
    }

    public ApiError withRetryAfter(Duration wait) {
        return new ApiError(status, type, message, code, requestId, Optional.of(wait), response);
    }

    /** Whether the call was cancelled because its reply is no longer needed. */
    public boolean isUnwanted() {
        return type.equals(CALLER_LEFT) || isSuperseded();
    }

    /** Whether the call was cancelled because another call of the request replied first. */
    public boolean isSuperseded() {
        return type.equals(SUPERSEDED);
    }

    /** A cap on spending: no wait that a caller could sit out ends it. */
    public boolean isSpendLimit() {
        return code.filter(word -> word.endsWith("spend_limit_reached")).isPresent()
                || message.startsWith("You have reached your specified");
    }
}
