/**
 * The way of a row to the disk, from the call that waits for it to the ledger. No SQL is here.
 */
package io.clauderoutes.ledger.write;
