/**
 * What travels with a request through the stages, and the ports by which the stages reach ledger, gateway and batches. No class here
 * depends on a stage.
 */
package io.clauderoutes.request;
