package io.clauderoutes.settings;

/** The language of an endpoint. */
public enum Dialect {
    MESSAGES,
    PROMPT
}
