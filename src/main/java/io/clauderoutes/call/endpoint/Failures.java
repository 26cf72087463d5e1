package io.clauderoutes.call.endpoint;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.SinkFailed;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;

/** What a failed call means, however Camel has wrapped it: whose fault it is, and whether to try again. */
public final class Failures {

    /** The setting of the time that a request may take as a whole. */
    public static final String DEADLINE = "claude.call.deadline";

    private static final int MOST_WRAPPERS = 20;

    private Failures() {}

    /** The failure of a call as one of ours; empty if the call succeeded and what came after it failed: a sink, or the check of the reply. */
    public static Optional<ClaudeException> of(Throwable failure, String endpoint) {
        Optional<ClaudeException> ours = ClaudeException.causeOf(failure);
        if (ours.isPresent() && ours.get().isPaid()) {
            return Optional.empty();
        }
        return ours.isPresent() ? ours : foreign(failure, endpoint);
    }

    private static Optional<ClaudeException> foreign(Throwable failure, String endpoint) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MOST_WRAPPERS; depth++) {
            if (cause instanceof CallNotPermittedException) {
                return Optional.of(new ClaudeException.Unavailable(
                        ApiError.ours(
                                503,
                                "api_error",
                                "the circuit breaker of endpoint " + endpoint + " is open: its last calls failed"),
                        cause));
            }
            if (cause instanceof SinkFailed) {
                return Optional.empty();
            }
            if (cause instanceof IOException io) {
                return Optional.of(transport(io, endpoint));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    private static ClaudeException transport(IOException cause, String endpoint) {
        String setting = "claude.endpoints." + endpoint;
        if (cause instanceof ConnectionRequestTimeoutException) {
            return allConnectionsAreTaken(setting, cause);
        }
        if (cause instanceof UnknownHostException) {
            return unavailable("the host in " + setting + ".url is not known", cause);
        }
        if (cause instanceof SSLException) {
            return unavailable("no secure connection to endpoint " + endpoint + ": " + cause.getMessage(), cause);
        }
        if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
            return unavailable("nothing answers at " + setting + ".url", cause);
        }
        if (cause instanceof NoResponse late) {
            String its = late.setting();
            return timedOut(
                    "endpoint " + endpoint + " did not answer within "
                            + (its.equals(DEADLINE) ? its : setting + "." + its),
                    cause);
        }
        if (cause instanceof Silent) {
            return silent(endpoint, cause);
        }
        if (cause instanceof Unwanted) {
            return unwanted(endpoint, cause);
        }
        if (cause instanceof InterruptedIOException) {
            return timedOut(
                    "endpoint " + endpoint + " did not answer in time: see " + setting
                            + ".connect-timeout and .first-token-timeout",
                    cause);
        }
        return unavailable("the connection to endpoint " + endpoint + " broke before it answered", cause);
    }

    /** A limit of ours: the endpoint knows nothing of it. */
    private static ClaudeException allConnectionsAreTaken(String setting, Throwable cause) {
        return new ClaudeException.RateLimited(
                ApiError.ours(
                        429,
                        "rate_limit_error",
                        "none of " + setting + ".connections became free within " + setting + ".connect-timeout"),
                cause);
    }

    /** The endpoint gave no sign of life, to this call and to others. */
    public static ClaudeException silent(String endpoint, IOException cause) {
        return timedOut(
                "endpoint " + endpoint + " was silent for longer than claude.endpoints." + endpoint
                        + ".out-after-silence",
                cause);
    }

    /** The call was cancelled: another call of the request replied first, or its client disconnected. */
    public static ClaudeException unwanted(String endpoint, Throwable cause) {
        return new ClaudeException.Rejected(
                ApiError.superseded(
                        "the call to endpoint " + endpoint + " was cancelled: its reply is no longer needed"),
                cause);
    }

    /** Whether the endpoint's breaker kept the call from leaving. */
    public static boolean isKeptBack(ClaudeException failure) {
        return failure.getCause() instanceof CallNotPermittedException
                || failure.getCause() instanceof EndpointBreaker.NotAdmitted;
    }

    private static ClaudeException timedOut(String sentence, Throwable cause) {
        return new ClaudeException.TimedOut(ApiError.ours(504, "timeout_error", sentence), cause);
    }

    private static ClaudeException unavailable(String sentence, Throwable cause) {
        return new ClaudeException.Unavailable(ApiError.ours(503, "api_error", sentence), cause);
    }

    /** Whether the endpoint may have got the request: only what failed before there was a connection says that it has not. */
    public static boolean mayHaveBeenSent(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MOST_WRAPPERS; depth++) {
            if (cause instanceof CallNotPermittedException
                    || cause instanceof EndpointBreaker.NotAdmitted
                    || cause instanceof ConnectException
                    || cause instanceof ConnectTimeoutException
                    || cause instanceof ConnectionRequestTimeoutException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof UnknownHostException
                    || cause instanceof SSLHandshakeException) {
                return false;
            }
            cause = cause.getCause();
        }
        return true;
    }

    /** Whether the endpoint is at fault, so that its circuit breaker counts the failure. */
    public static boolean isEndpointsFault(Throwable failure, String endpoint) {
        return of(failure, endpoint)
                .filter(ours -> !ours.error().isUnwanted())
                .filter(ours -> switch (ours.kind()) {
                    case OVERLOADED, UNAVAILABLE, TIMED_OUT, STREAM_BROKEN -> true;
                    case REJECTED, UNAUTHORIZED, RATE_LIMITED, OVER_BUDGET, INVALID_OUTPUT, CHECK_FAILED -> false;
                })
                .isPresent();
    }

    /** Whether the failure says nothing of the endpoint's health. */
    static boolean isNobodysFault(Throwable failure, String endpoint) {
        return of(failure, endpoint)
                .filter(ours -> isLimit(ours) || ours.error().isUnwanted())
                .isPresent();
    }

    /** Whether a limit was reached, of the endpoint or of the bundle. */
    public static boolean isLimit(ClaudeException failure) {
        return switch (failure.kind()) {
            case RATE_LIMITED -> true;
            case REJECTED,
                    UNAUTHORIZED,
                    OVERLOADED,
                    UNAVAILABLE,
                    TIMED_OUT,
                    STREAM_BROKEN,
                    OVER_BUDGET,
                    INVALID_OUTPUT,
                    CHECK_FAILED -> false;
        };
    }

    /** Whether the endpoint had too much to do: it refused the call for its load or its limits, or did not answer it in time. */
    public static boolean isSignOfLoad(ClaudeException failure) {
        return switch (failure.kind()) {
            case RATE_LIMITED -> !failure.error().isSpendLimit();
            case OVERLOADED, TIMED_OUT -> true;
            case REJECTED, UNAUTHORIZED, UNAVAILABLE, STREAM_BROKEN, OVER_BUDGET, INVALID_OUTPUT, CHECK_FAILED -> false;
        };
    }

    /** Whether the credential was refused, or there is none. */
    public static boolean isCredentials(ClaudeException failure) {
        return switch (failure.kind()) {
            case UNAUTHORIZED -> true;
            case REJECTED,
                    RATE_LIMITED,
                    OVERLOADED,
                    UNAVAILABLE,
                    TIMED_OUT,
                    STREAM_BROKEN,
                    OVER_BUDGET,
                    INVALID_OUTPUT,
                    CHECK_FAILED -> false;
        };
    }

    /** Whether only the credential was refused, and there is another by now. */
    public static boolean isWorthAnotherCredential(ClaudeException failure) {
        return failure instanceof ClaudeException.Unauthorized refused && refused.isRenewed();
    }

    /** Whether the same call may succeed when it is made again. */
    public static boolean isWorthARetry(ClaudeException failure) {
        String shouldRetry = failure.error().response().headers().getOrDefault("x-should-retry", "");
        if (shouldRetry.equals("false")
                || failure.error().isSpendLimit()
                || failure.error().isUnreadable()) {
            return false;
        }
        return switch (failure.kind()) {
            case RATE_LIMITED, OVERLOADED, UNAVAILABLE, TIMED_OUT -> true;
            case REJECTED, UNAUTHORIZED, STREAM_BROKEN, OVER_BUDGET, INVALID_OUTPUT, CHECK_FAILED -> false;
        };
    }

    /** A timeout of ours ended the wait for a response's head. */
    public static final class NoResponse extends SocketTimeoutException {
        private static final long serialVersionUID = 1;

        public NoResponse(String setting) {
            super(setting);
        }

        /** The setting that it is, the whole of it or that of the endpoint. */
        String setting() {
            return getMessage();
        }
    }

    /** The endpoint has fallen silent, and other calls of it were not answered either. */
    public static final class Silent extends SocketTimeoutException {
        private static final long serialVersionUID = 1;
    }

    /** The call was cancelled: another call of the request replied first, or its client disconnected. */
    public static final class Unwanted extends InterruptedIOException {
        private static final long serialVersionUID = 1;
    }
}
