/**
 * Answers about the ledger: usage reports, export of ended attempts, comparison with the report of the API. Nothing here writes the
 * ledger, and no SQL is here.
 */
package io.clauderoutes.ledger.report;
