package io.clauderoutes.source;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.SinkFailed;
import java.util.Locale;
import java.util.Optional;

/**
 * Why prompts cannot be answered now, by no fault of theirs.
 *
 * @param kind which dependency it is
 * @param reason on one line
 */
record Outage(Kind kind, String reason) {

    private static final int FORBIDDEN = 403;
    private static final int MOST_CAUSES = 20;

    /** What a source depends on. */
    public enum Kind {
        ENDPOINT,
        CREDENTIAL,
        LEDGER,
        BUDGET,
        SINK,
        LIMIT;

        /** The value of the tag {@code reason} of {@code claude.source.paused}. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The outage that caused a failure; empty if the prompt is at fault, or the cause is not known. */
    static Optional<Outage> of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
            if (cause instanceof SinkFailed sink) {
                return Optional.of(new Outage(Kind.SINK, sink.getMessage()));
            }
            cause = cause.getCause();
        }
        return ClaudeException.causeOf(failure).flatMap(Outage::of);
    }

    private static Optional<Outage> of(ClaudeException failure) {
        ApiError error = failure.error();
        return error.isUnreadable() || error.isUnwanted()
                ? Optional.empty()
                : kind(failure).map(kind -> new Outage(kind, failure.getMessage()));
    }

    private static Optional<Kind> kind(ClaudeException failure) {
        return switch (failure.kind()) {
            case REJECTED, INVALID_OUTPUT, CHECK_FAILED -> Optional.empty();
            case UNAUTHORIZED -> Optional.of(Kind.CREDENTIAL);
            case OVER_BUDGET -> Optional.of(Kind.BUDGET);
            case RATE_LIMITED -> Optional.of(Kind.LIMIT);
            case OVERLOADED, UNAVAILABLE, TIMED_OUT, STREAM_BROKEN -> Optional.of(Kind.ENDPOINT);
        };
    }

    /**
     * Whether a prompt that fails so may be at fault after all, so that its attempts count.
     *
     * @param othersSucceed whether another prompt was answered since this one failed first
     */
    static boolean counts(Throwable failure, boolean othersSucceed) {
        // A failure that is not the bundle's own is that of a sink: the call was paid for.
        return ClaudeException.causeOf(failure)
                .map(ours -> switch (ours.kind()) {
                    case STREAM_BROKEN, INVALID_OUTPUT, CHECK_FAILED -> true;
                    case RATE_LIMITED, OVERLOADED, OVER_BUDGET -> false;
                    case REJECTED, UNAUTHORIZED, UNAVAILABLE, TIMED_OUT -> othersSucceed || ours.status() == FORBIDDEN;
                })
                .orElse(true);
    }
}
