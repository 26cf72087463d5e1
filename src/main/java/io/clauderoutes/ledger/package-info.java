/**
 * The entry of each call in the ledger, and the budgets of tenants. {@link io.clauderoutes.ledger.Ledger} is what the bundle uses.
 * The stages know only the ports in {@code request}.
 */
package io.clauderoutes.ledger;
