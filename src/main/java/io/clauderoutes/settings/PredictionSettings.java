package io.clauderoutes.settings;

/** {@code claude.prediction.*}: whether replies are predicted. */
public record PredictionSettings(boolean enabled) {}
