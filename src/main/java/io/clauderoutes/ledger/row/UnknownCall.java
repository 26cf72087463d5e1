package io.clauderoutes.ledger.row;

import java.util.OptionalLong;

/**
 * An attempt that may have been billed.
 *
 * @param run row of the run that it belongs to
 * @param number within the run
 * @param hour in which it began, in hours since 1970
 * @param model that was asked for
 * @param reservedMicroUsd what its tenant's budget holds for it; empty without a budget
 * @param batch whether it was an item of a batch
 */
public record UnknownCall(
        long run, long number, long hour, String model, OptionalLong reservedMicroUsd, boolean batch) {

    /**
     * What became of one.
     *
     * @param costMicroUsd what it cost at most; 0 if it was not billed
     */
    public record Outcome(UnknownCall call, long costMicroUsd) {}
}
