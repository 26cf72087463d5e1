package io.clauderoutes.settings;

/** What it means that a sink did not take an answer. */
public enum OnSinkFailure {
    KEEP,
    FAIL,
    DEAD_LETTER,
    IGNORE;

    /** Whether sources wait while the sink fails. */
    public boolean holdsBack() {
        return this == KEEP || this == FAIL;
    }
}
