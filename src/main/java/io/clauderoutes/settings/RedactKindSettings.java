package io.clauderoutes.settings;

/** {@code claude.redact.<kind>.*}: one built-in kind of personal data. */
public record RedactKindSettings(boolean enabled, boolean validated, String replacement) {}
