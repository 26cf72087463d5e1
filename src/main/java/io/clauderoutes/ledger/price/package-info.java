/**
 * Price table, and what the events of a reply say about its cost. Nothing here reads or writes the ledger.
 */
package io.clauderoutes.ledger.price;
