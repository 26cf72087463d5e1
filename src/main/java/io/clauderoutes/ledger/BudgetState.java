package io.clauderoutes.ledger;

import java.time.Instant;
import java.util.Optional;

/**
 * A budget at one moment.
 *
 * @param limitMicroUsd for one period
 * @param leftMicroUsd what calls may still cost; calls in progress have taken the most that they can cost
 * @param period hour, day, week or month
 * @param ends end of the period
 * @param refusedSince first call of those that were refused since the last one that was not; empty if none was
 */
public record BudgetState(
        long limitMicroUsd, long leftMicroUsd, String period, Instant ends, Optional<Instant> refusedSince) {}
