package io.clauderoutes.settings;

/**
 * {@code claude.agent.repair.*}: replies that have to fit a schema.
 *
 * @param repair whether a reply that does not fit is asked for once more
 */
public record OutputSettings(boolean repair) {}
