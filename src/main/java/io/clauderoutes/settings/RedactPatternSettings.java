package io.clauderoutes.settings;

/** {@code claude.redact.patterns.<name>.*}: one pattern of the user. */
public record RedactPatternSettings(String pattern, String replacement, int maxLength) {}
