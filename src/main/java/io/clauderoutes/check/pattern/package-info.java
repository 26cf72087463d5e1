/**
 * Regular expressions over a text that arrives in pieces: whether a match is certain, and from where on one is still possible. It knows neither
 * Camel nor the stages.
 */
package io.clauderoutes.check.pattern;
