package io.clauderoutes;

import io.clauderoutes.text.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Why a prompt got no reply. Each case is a class, so that a route can distinguish them in {@code onException}, and a {@link Kind}.
 *
 * <p>The message says what happened and what to do. It never contains a prompt, a reply or a key.
 */
public abstract sealed class ClaudeException extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int MOST_WRAPPERS = 20;

    /** The cases, for a switch that does not compile until it handles each. */
    public enum Kind {
        REJECTED,
        UNAUTHORIZED,
        RATE_LIMITED,
        OVERLOADED,
        UNAVAILABLE,
        TIMED_OUT,
        STREAM_BROKEN,
        OVER_BUDGET,
        INVALID_OUTPUT,
        CHECK_FAILED
    }

    private final transient ApiError error;

    private ClaudeException(ApiError error, String message, Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    /** The exception for an error of the API, by its status. */
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

    /** The exception in a failure, however deep it is wrapped; empty if there is none. */
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

    /** Whether a reply came, or its begin, and is paid for: the request is not to be sent again for this failure alone. */
    public boolean isPaid() {
        return this instanceof Incomplete || this instanceof InvalidOutput || this instanceof CheckFailed;
    }

    /** Which case this is. */
    public abstract Kind kind();

    /** The error of the endpoint, or the bundle's own in the same shape. */
    public ApiError error() {
        return error;
    }

    /** The HTTP status of the error, or the one that fits it best. */
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

    /** The request itself is wrong: another attempt fails too. */
    public static final class Rejected extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Rejected(ApiError error) {
            super(error, sentence(error), null);
        }

        public Rejected(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }

        @Override
        public Kind kind() {
            return Kind.REJECTED;
        }
    }

    /** The endpoint refuses the credential (401), or the credential lacks a permission (403). */
    public static final class Unauthorized extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final boolean renewed;

        public Unauthorized(ApiError error, String hint) {
            this(error, hint, false);
        }

        /** @param renewed whether the refused credential has been renewed since */
        public Unauthorized(ApiError error, String hint, boolean renewed) {
            super(error, sentence(error) + ". " + hint, null);
            this.renewed = renewed;
        }

        /** Whether another call may succeed, because the refused credential has been renewed. */
        public boolean isRenewed() {
            return renewed;
        }

        @Override
        public Kind kind() {
            return Kind.UNAUTHORIZED;
        }
    }

    /** A limit of the endpoint or of the bundle is reached. */
    public static final class RateLimited extends ClaudeException {
        private static final long serialVersionUID = 1;

        public RateLimited(ApiError error) {
            this(error, null);
        }

        public RateLimited(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }

        @Override
        public Kind kind() {
            return Kind.RATE_LIMITED;
        }
    }

    /** The API is overloaded (529). */
    public static final class Overloaded extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Overloaded(ApiError error) {
            super(error, sentence(error), null);
        }

        @Override
        public Kind kind() {
            return Kind.OVERLOADED;
        }
    }

    /** No endpoint can be reached, or it failed, or its circuit breaker is open. */
    public static final class Unavailable extends ClaudeException {
        private static final long serialVersionUID = 1;

        public Unavailable(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }

        public Unavailable(ApiError error) {
            this(error, null);
        }

        @Override
        public Kind kind() {
            return Kind.UNAVAILABLE;
        }
    }

    /** An endpoint took longer than a timeout allows. */
    public static final class TimedOut extends ClaudeException {
        private static final long serialVersionUID = 1;

        public TimedOut(ApiError error, Throwable cause) {
            super(error, sentence(error), cause);
        }

        @Override
        public Kind kind() {
            return Kind.TIMED_OUT;
        }
    }

    /** The reply broke off after part of it was delivered. */
    public static final class StreamBroken extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final transient String partialText;

        public StreamBroken(ApiError error, String partialText, Throwable cause) {
            super(error, sentence(error), cause);
            this.partialText = partialText;
        }

        /** The text that arrived, redacted. */
        public String partialText() {
            return partialText;
        }

        @Override
        public Kind kind() {
            return Kind.STREAM_BROKEN;
        }
    }

    /**
     * The reply ended for a reason that the route does not accept ({@code failOn}): a refusal of the model, the bound on its tokens.
     * Its kind is {@link Kind#REJECTED}, because the same request most likely ends in the same way. It is paid for.
     */
    public static final class Incomplete extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final String stopReason;
        private final transient String partialText;

        public Incomplete(ApiError error, String stopReason, String partialText) {
            super(error, sentence(error), null);
            this.stopReason = stopReason;
            this.partialText = partialText;
        }

        /** Why the reply ended, as the API names it. */
        public String stopReason() {
            return stopReason;
        }

        /** The text of the reply, redacted. */
        public String partialText() {
            return partialText;
        }

        @Override
        public Kind kind() {
            return Kind.REJECTED;
        }
    }

    /**
     * The reply does not fit the JSON schema of the request ({@code outputSchema}, {@code outputClass}). It is paid for. It goes to no
     * sink as a whole reply and is not cached.
     */
    public static final class InvalidOutput extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final transient List<String> violations;
        private final transient String partialText;

        public InvalidOutput(ApiError error, List<String> violations, String partialText) {
            this(error, violations, partialText, null);
        }

        public InvalidOutput(ApiError error, List<String> violations, String partialText, Throwable cause) {
            super(error, sentence(error), cause);
            this.violations = List.copyOf(violations);
            this.partialText = partialText;
        }

        /** What does not fit: a place in the reply and the rule, such as {@code /age: string found, integer expected}. */
        public List<String> violations() {
            return violations;
        }

        /** The text of the reply, redacted. */
        public String partialText() {
            return partialText;
        }

        @Override
        public Kind kind() {
            return Kind.INVALID_OUTPUT;
        }
    }

    /**
     * The reply does not pass a check ({@code claude.checks}). It is paid for as far as it came. It goes to no sink as a whole reply and is
     * not cached.
     */
    public static final class CheckFailed extends ClaudeException {
        private static final long serialVersionUID = 1;

        private final String check;
        private final String reason;
        private final transient CheckedText text;

        public CheckFailed(ApiError error, String check, String reason, CheckedText text) {
            super(error, sentence(error), null);
            this.check = check;
            this.reason = reason;
            this.text = text;
        }

        /** Name of the check, as in {@code claude.checks}. */
        public String check() {
            return check;
        }

        /** What is wrong, without text of the reply. */
        public String reason() {
            return reason;
        }

        /** The text that was handed on, redacted. */
        public String partialText() {
            return text.handedOn();
        }

        /** The text of a reply of which nothing was handed on, redacted. It may hold what the check refuses. */
        public String refusedText() {
            return text.refused();
        }

        @Override
        public Kind kind() {
            return Kind.CHECK_FAILED;
        }
    }

    /** The text of a reply that did not pass a check. */
    public record CheckedText(String handedOn, String refused) {}

    /** The budget of the tenant does not allow the request. */
    public static final class OverBudget extends ClaudeException {
        private static final long serialVersionUID = 1;

        public OverBudget(ApiError error) {
            super(error, sentence(error), null);
        }

        @Override
        public Kind kind() {
            return Kind.OVER_BUDGET;
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
