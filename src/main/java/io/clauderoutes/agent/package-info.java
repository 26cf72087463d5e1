/**
 * Tools of the bundle: routes that the model can call, the catalog of them, and the rounds in which a request uses them. No stage knows
 * this package; the source stage calls it by beans.
 */
package io.clauderoutes.agent;
