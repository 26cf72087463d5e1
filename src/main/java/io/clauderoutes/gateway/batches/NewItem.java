package io.clauderoutes.gateway.batches;

import io.clauderoutes.Frame;

/**
 * A request of a batch that is about to be created.
 *
 * @param customId the client's name of it
 * @param params the Messages request as it is sent
 * @param inputTokens estimate of its input, to reserve by
 */
record NewItem(String customId, Frame params, String model, long maxTokens, long inputTokens) {}
