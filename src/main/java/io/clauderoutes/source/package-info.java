/**
 * Stage 10. Prompts from any Camel URI, kamelets among them: what a message is, when a source is paused, and where a failed one goes.
 */
package io.clauderoutes.source;
