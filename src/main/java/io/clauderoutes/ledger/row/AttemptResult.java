package io.clauderoutes.ledger.row;

import java.util.OptionalLong;

/**
 * How an attempt ended: its cost and the reason for its state.
 *
 * @param requestId the API's id of the call, empty while there is none
 * @param price the day of the price that the cost was reckoned with
 * @param reason why it is as it is, empty where the state says all
 * @param strategy what the strategy {@code auto} chose, in the rows after the choice; empty for any other strategy
 */
public record AttemptResult(
        String requestId, Tokens tokens, OptionalLong costMicroUsd, String price, String reason, String strategy) {

    /** The same with what the strategy {@code auto} chose. */
    AttemptResult withStrategy(String choice) {
        return new AttemptResult(requestId, tokens, costMicroUsd, price, reason, choice);
    }
}
