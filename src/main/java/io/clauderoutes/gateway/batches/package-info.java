/**
 * Message Batches of clients that show a key of the gateway. Each client sees its own batches. The requests of a batch pass the same
 * checks, redaction, budgets and ledger as single requests.
 */
package io.clauderoutes.gateway.batches;
