package io.clauderoutes.ledger.row;

/**
 * Attempts of one subject and state, added up over an hour or several.
 *
 * @param hour the first hour, in hours since 1970
 * @param calls how many of the attempts were the first of their request
 */
public record HourSum(
        long hour, Subject subject, State state, long attempts, long calls, HourUsage used, SumOfCosts costs) {

    /**
     * What the attempts cost.
     *
     * @param attempts how many have a cost
     */
    public record SumOfCosts(long microUsd, long attempts) {}
}
