/**
 * Values that are written to the ledger or read from it. They depend on nothing else of the ledger.
 */
package io.clauderoutes.ledger.row;
