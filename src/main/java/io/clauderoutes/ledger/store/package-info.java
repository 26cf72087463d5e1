/**
 * The database of the ledger (SQLite or PostgreSQL), its schema and all its SQL. It knows rows, not calls, prices or budgets.
 */
package io.clauderoutes.ledger.store;
