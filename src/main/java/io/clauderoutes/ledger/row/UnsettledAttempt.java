package io.clauderoutes.ledger.row;

import java.util.Optional;

/**
 * An attempt without an end, or with an unknown end.
 *
 * @param atMillis when its row was written, since 1970
 * @param requestId the API's id of the call
 */
public record UnsettledAttempt(
        Subject subject,
        long atMillis,
        AttemptPosition position,
        Optional<String> requestId,
        Optional<String> reason) {}
