package io.clauderoutes.gateway.batches;

/**
 * A request of a client's batch, without what is asked.
 *
 * @param number unlike that of any other item of the file
 * @param customId the client's name of it
 * @param inputTokens estimate of its input, to reserve by
 * @param settled whether the ledger has its result
 */
record BatchItem(long number, String customId, String model, long maxTokens, long inputTokens, boolean settled) {}
