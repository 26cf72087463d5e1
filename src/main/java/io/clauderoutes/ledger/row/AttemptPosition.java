package io.clauderoutes.ledger.row;

import java.util.Optional;

/**
 * The request that an attempt belongs to, and its number within the request.
 *
 * @param prompt our id of the request
 * @param attempt from 1 on within its request; 0 where no call was made
 * @param round of a request with tools, from 1; 1 for any other
 */
public record AttemptPosition(String prompt, Optional<String> session, int attempt, int round) {}
