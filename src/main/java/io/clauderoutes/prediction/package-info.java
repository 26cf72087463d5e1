/**
 * Predicts the length and the duration of a reply from its request, and learns from each reply that ended. Nothing here imports Camel,
 * and nothing here stores a text: templates are known by hashes.
 */
package io.clauderoutes.prediction;
