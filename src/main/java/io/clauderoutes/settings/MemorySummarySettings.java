package io.clauderoutes.settings;

/**
 * {@code claude.memory.summary.*}: older turns of a history are summed up.
 *
 * @param enabled whether they are; otherwise they are left out
 * @param model that sums up; empty: that of the prompt
 * @param maxTokens upper bound on the tokens of a summary
 */
public record MemorySummarySettings(boolean enabled, String model, long maxTokens) {}
