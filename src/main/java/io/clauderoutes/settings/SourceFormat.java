package io.clauderoutes.settings;

/** What a message of a source is. */
public enum SourceFormat {
    AUTO,
    TEXT,
    JSON
}
