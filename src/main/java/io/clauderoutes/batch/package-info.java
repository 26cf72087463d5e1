/**
 * Prompts that may wait: they are collected, sent by the Message Batches API, and their results handed to the sinks exactly once.
 * The gateway's own batches of clients are in {@code gateway.batches}.
 */
package io.clauderoutes.batch;
