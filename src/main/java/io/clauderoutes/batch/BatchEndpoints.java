package io.clauderoutes.batch;

import io.clauderoutes.message.BatchJson;
import io.clauderoutes.request.PassThroughApi;

/**
 * The endpoints that take batches.
 *
 * @param api makes one call
 * @param json reads and writes bodies
 * @param longestLine bytes that one result may have
 */
record BatchEndpoints(PassThroughApi api, BatchJson json, int longestLine) {}
