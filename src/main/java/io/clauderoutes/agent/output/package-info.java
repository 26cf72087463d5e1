/**
 * Structured output: schemas of replies, the check of a reply by its schema, the repair of a reply that does not fit, and classes as
 * schemas.
 */
package io.clauderoutes.agent.output;
