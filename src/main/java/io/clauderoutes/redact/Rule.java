package io.clauderoutes.redact;

/**
 * One pattern of a built-in kind. A pattern without a border at its end is acted upon as soon as it has matched, and
 * then takes in all that still fits; this is how a key of any length is redacted with little text held back. What has fewer characters
 * than {@code shortest} is no match.
 */
record Rule(Kind kind, String pattern, Border border, Check check, int shortest) {

    enum Border {
        /** A word border on both sides. */
        BOTH,
        /** A word border before it; it ends where it ends. */
        START,
        /** Also within a word. */
        NONE
    }

    Rule {
        if (border != Border.BOTH && check != Check.NONE) {
            throw new IllegalArgumentException(kind + ": a rule that is acted upon at once cannot be checked");
        }
    }

    boolean endsAtBorder() {
        return border == Border.BOTH;
    }
}
