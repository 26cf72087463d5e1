/**
 * What each call costs: rows before and after it, prices, budgets, reports and reconciliation. The stages know only the ports in
 * {@code request}.
 */
package io.clauderoutes.ledger;
