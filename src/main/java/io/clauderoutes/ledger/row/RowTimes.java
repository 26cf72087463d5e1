package io.clauderoutes.ledger.row;

/**
 * When an attempt began, and when its row was written.
 *
 * @param atMillis when the row was written, since 1970
 * @param begunMillis when the attempt's first row was written, since 1970
 */
public record RowTimes(long atMillis, long begunMillis) {}
