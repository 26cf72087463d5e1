package io.clauderoutes.ledger.row;

import java.util.Optional;

/**
 * An attempt that has no end, or one that is not known.
 *
 * @param atMillis when its row was written, since 1970
 * @param attempt from 1 on within its request
 * @param round of a request with tools, from 1
 * @param prompt our id of the request
 * @param requestId the API's id of the call
 */
public record UnsettledAttempt(
        Subject subject,
        long atMillis,
        int attempt,
        int round,
        String prompt,
        Optional<String> session,
        Optional<String> requestId,
        Optional<String> reason) {}
