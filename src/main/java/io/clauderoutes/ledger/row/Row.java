package io.clauderoutes.ledger.row;

import java.util.OptionalLong;

/**
 * One row of the ledger, as it is appended.
 *
 * @param clientIds in the first row of an attempt alone
 */
public record Row(
        RowId id,
        State state,
        RowTimes times,
        Subject subject,
        AttemptPosition position,
        AttemptResult result,
        ClientIds clientIds) {

    /** How the names of runs begin that no process ends: they belong to a file with batches. */
    public static final String BATCH_RUNS = "batches-";

    /** A row without ids of a client: only the first row of an attempt has them. */
    public Row(RowId id, State state, RowTimes times, Subject subject, AttemptPosition position, AttemptResult result) {
        this(id, state, times, subject, position, result, ClientIds.NONE);
    }

    /** The same with the ids that the client gave its request. */
    public Row with(ClientIds ids) {
        return new Row(id, state, times, subject, position, result, ids);
    }

    /** The same with what the strategy {@code auto} chose. */
    public Row withStrategy(String choice) {
        return new Row(id, state, times, subject, position, result.withStrategy(choice), clientIds);
    }

    /** The end of an attempt of which this is the intent, and which was not made. */
    public Row notSent(String why, long nowMillis) {
        AttemptResult none = new AttemptResult("", Tokens.UNKNOWN, OptionalLong.empty(), "", "not sent: " + why, "");
        return new Row(id, State.REJECTED, new RowTimes(nowMillis, times.begunMillis()), subject, position, none);
    }
}
