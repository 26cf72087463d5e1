package io.clauderoutes.redact;

/** Hears of each replacement, for counting. It is never told the text. */
@FunctionalInterface
public interface RedactionListener {

    RedactionListener NONE = what -> {};

    /** Something was replaced: the label of a built-in kind, or the name of a user's pattern. */
    void replaced(String what);
}
