package io.clauderoutes.redact;

/**
 * What comes in the place of a match.
 *
 * @param label whose match it is
 * @param why a text counts as a match
 */
public record RedactionPlaceholder(String label, String text, String why) {

    /** Of a rule that replaces nothing. */
    static final RedactionPlaceholder NONE = new RedactionPlaceholder("", "", "");
}
