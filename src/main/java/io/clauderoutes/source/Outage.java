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

    /** The outage that a failure tells of; empty if the prompt itself is at fault, or nobody knows. */
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
        if (error.isUnreadable() || error.isUnwanted() || failure instanceof ClaudeException.Rejected) {
            return Optional.empty();
        }
        return Optional.of(new Outage(kind(failure), failure.getMessage()));
    }

    private static Kind kind(ClaudeException failure) {
        if (failure instanceof ClaudeException.Unauthorized) {
            return Kind.CREDENTIAL;
        }
        if (failure instanceof ClaudeException.OverBudget) {
            return Kind.BUDGET;
        }
        return failure instanceof ClaudeException.RateLimited ? Kind.LIMIT : Kind.ENDPOINT;
    }

    /**
     * Whether a prompt that fails so may be at fault after all, so that its attempts count.
     *
     * @param othersSucceed whether another prompt was answered since this one failed first
     */
    static boolean counts(Throwable failure, boolean othersSucceed) {
        ClaudeException ours = ClaudeException.causeOf(failure).orElse(null);
        if (ours == null || ours instanceof ClaudeException.StreamBroken) {
            // A sink failed, or a reply broke off: the call was paid for.
            return true;
        }
        boolean isLimit = ours instanceof ClaudeException.RateLimited
                || ours instanceof ClaudeException.Overloaded
                || ours instanceof ClaudeException.OverBudget;
        return !isLimit && (othersSucceed || ours.status() == FORBIDDEN);
    }
}
