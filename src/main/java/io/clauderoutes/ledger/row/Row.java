package io.clauderoutes.ledger.row;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One row of the ledger, as it is appended.
 *
 * @param run the process that the attempt belongs to
 * @param number of the attempt within its run
 * @param atMillis when the row was written, since 1970
 * @param begunMillis when the attempt's first row was written, since 1970
 * @param attempt from 1 on within its request; 0 where no call was made
 * @param round of a request with tools, from 1; 1 for any other
 * @param prompt our id of the request
 * @param requestId the API's id of the call, empty while there is none
 * @param price the day of the price that the cost was reckoned with
 * @param reason why it is as it is, empty where the state says all
 * @param clientIds in the first row of an attempt alone
 * @param strategy what the strategy {@code auto} chose, in the rows after the choice; empty for any other strategy
 */
public record Row(
        String run,
        long number,
        State state,
        long atMillis,
        long begunMillis,
        Subject subject,
        int attempt,
        int round,
        String prompt,
        Optional<String> session,
        String requestId,
        Tokens tokens,
        OptionalLong costMicroUsd,
        String price,
        String reason,
        ClientIds clientIds,
        String strategy) {

    /** How the names of runs begin that no process ends: they belong to a file with batches. */
    public static final String BATCH_RUNS = "batches-";

    /** A row without ids of a client: one that is not the first of its attempt has none. */
    public Row(
            String run,
            long number,
            State state,
            long atMillis,
            long begunMillis,
            Subject subject,
            int attempt,
            int round,
            String prompt,
            Optional<String> session,
            String requestId,
            Tokens tokens,
            OptionalLong costMicroUsd,
            String price,
            String reason) {
        this(
                run,
                number,
                state,
                atMillis,
                begunMillis,
                subject,
                attempt,
                round,
                prompt,
                session,
                requestId,
                tokens,
                costMicroUsd,
                price,
                reason,
                ClientIds.NONE,
                "");
    }

    /** The same with the ids that the client gave its request. */
    public Row with(ClientIds ids) {
        return new Row(
                run,
                number,
                state,
                atMillis,
                begunMillis,
                subject,
                attempt,
                round,
                prompt,
                session,
                requestId,
                tokens,
                costMicroUsd,
                price,
                reason,
                ids,
                strategy);
    }

    /** The same with what the strategy {@code auto} chose. */
    public Row withStrategy(String choice) {
        return new Row(
                run,
                number,
                state,
                atMillis,
                begunMillis,
                subject,
                attempt,
                round,
                prompt,
                session,
                requestId,
                tokens,
                costMicroUsd,
                price,
                reason,
                clientIds,
                choice);
    }

    /** The end of an attempt of which this is the intent, and which was not made. */
    public Row notSent(String why, long nowMillis) {
        return new Row(
                run,
                number,
                State.REJECTED,
                nowMillis,
                begunMillis,
                subject,
                attempt,
                round,
                prompt,
                session,
                "",
                Tokens.UNKNOWN,
                OptionalLong.empty(),
                "",
                "not sent: " + why);
    }
}
