/**
 * JSON schemas: the check of a whole text, and the check of a text that arrives in pieces, which fails as soon as no continuation can
 * be valid. It knows neither Camel nor the stages.
 */
package io.clauderoutes.check.json;
