package io.clauderoutes;

import io.clauderoutes.text.Printable;
import java.time.Duration;
import java.util.Optional;

/**
 * Why a prompt got no answer. Each case is a type of its own, so that a route can tell them apart in {@code onException}.
 *
 * <p>The message says what was expected and what came; it never holds a prompt, an answer or a key.
 */
public abstract sealed class ClaudeException extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int MOST_WRAPPERS = 20;

    private final transient ApiError error;

    private ClaudeException(ApiError error, String message, Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    /** The case that an error of the API is. */
    public static ClaudeException of(ApiError error) {
        return switch (error.status()) {
            case 401 -> new Unauthorized(error, "Check claude.credentials.<name>.key of this endpoint's credential");
            case 403 -> new Unauthorized(error, "The credential is known, but it may not do this");
            case 429 -> new RateLimited(error);
            case 529 -> new Overloaded(error);
            case 408, 504 -> new TimedOut(error, null);
            default -> error.status() >= 400 && error.status() < 500 ? new Rejected(error) : new Unavailable(error);
        };
    }

    /** The case that a failure is, however deep it is wrapped; empty if it is none of ours. */
    public static Optional<ClaudeException> causeOf(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MOST_WRAPPERS; depth++) {
            if (cause instanceof ClaudeException ours) {
                return Optional.of(ours);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /** What the endpoint said, or what we say in its words. */
    public ApiError error() {
        return error;
    }

    /** HTTP status of the refusal, or the one that fits it best. */
    public int status() {
        return error.status();
    }

    /** The API's error type, such as {@code rate_limit_error}. */
    public String type() {
        return error.type();
    }

    public Optional<String> requestId() {
        return error.requestId();
    }

    public Optional<Duration> retryAfter() {
        return error.retryAfter();
    }

    /** The request itself is wrong: sending it again changes nothing. */
    public static final class Rejected extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Rejected(ApiError error) {
            super(error, sentence(error), null);
        }

        public Rejected(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }
    }

    /** The endpoint does not know our credential, or it may not do this. */
    public static final class Unauthorized extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final boolean renewed;

        public Unauthorized(ApiError error, String hint) {
            this(error, hint, false);
        }

        /** @param renewed whether another credential has taken the place of the refused one meanwhile */
        public Unauthorized(ApiError error, String hint, boolean renewed) {
            super(error, sentence(error) + ". " + hint, null);
            this.renewed = renewed;
        }

        /** Whether one more call may go well, with another credential than the one that was refused. */
        public boolean isRenewed() {
            return renewed;
        }
    }

    /** Too many calls or tokens at once, by the endpoint's limits or by ours. */
    public static final class RateLimited extends ClaudeException {
        private static final long serialVersionUID = 1;

        public RateLimited(ApiError error) {
            this(error, null);
        }

        public RateLimited(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }
    }

    /** The API has no room for anybody right now. */
    public static final class Overloaded extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Overloaded(ApiError error) {
            super(error, sentence(error), null);
        }
    }

    /** No endpoint could be reached, or it failed, or its circuit breaker is open. */
    public static final class Unavailable extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Unavailable(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }

        public Unavailable(ApiError error) {
            this(error, null);
        }
    }

    /** An endpoint took longer than a timeout allows. */
    public static final class TimedOut extends ClaudeException {
        private static final long serialVersionUID = 1;

        public TimedOut(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }
    }

    /** The reply broke off after some of it had been handed on. */
    public static final class StreamBroken extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final transient String partialText;

        public StreamBroken(ApiError error, String partialText, Throwable cause) {
            super(error, sentence(error), cause);
            this.partialText = partialText;
        }

        /** The text that had come, redacted as a whole reply is. */
        public String partialText() {
            return partialText;
        }
    }

    /** The tenant has no money left for this request. */
    public static final class OverBudget extends ClaudeException {
        private static final long serialVersionUID = 1;

        public OverBudget(ApiError error) {
            super(error, sentence(error), null);
        }
    }

    private static String sentence(ApiError error) {
        StringBuilder sentence = new StringBuilder(Printable.line(error.message()));
        sentence.append(" (").append(error.type());
        if (error.status() > 0) {
            sentence.append(", status ").append(error.status());
        }
        error.requestId().ifPresent(id -> sentence.append(", request ").append(id));
        error.retryAfter().ifPresent(wait -> sentence.append(", retry after ")
                .append(wait.toMillis())
                .append(" ms"));
        return sentence.append(')').toString();
    }
}
