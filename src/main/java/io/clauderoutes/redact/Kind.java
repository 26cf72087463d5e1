package io.clauderoutes.redact;

import java.util.Locale;

/** What the built-in rules look for. The order decides between two kinds that match the same characters. */
public enum Kind {
    CARD("[REDACTED]"),
    SSN("[REDACTED]"),
    IBAN("[IBAN]"),
    EMAIL("[EMAIL]"),
    PHONE("[PHONE]"),
    KEY("[KEY]");

    private final String replacement;

    Kind(String replacement) {
        this.replacement = replacement;
    }

    /** What stands in the text afterwards, unless the settings say otherwise. */
    public String defaultReplacement() {
        return replacement;
    }

    /** Whether it consists of digits and separators, so that other numbers may look like it. */
    boolean isNumber() {
        return this == CARD || this == SSN || this == IBAN || this == PHONE;
    }

    /** The name in settings and meters, such as {@code card}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
