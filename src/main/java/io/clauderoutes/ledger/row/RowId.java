package io.clauderoutes.ledger.row;

/**
 * The number of an attempt, unique among all processes.
 *
 * @param run the process that the attempt belongs to
 * @param number of the attempt within its run
 */
public record RowId(String run, long number) {}
