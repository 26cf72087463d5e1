package io.clauderoutes.redact;

/** What comes in the place of a match, and whose match it is. */
record Replacement(String label, String text) {

    /** Of a rule that replaces nothing. */
    static final Replacement NONE = new Replacement("", "");
}
