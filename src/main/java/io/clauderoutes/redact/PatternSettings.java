package io.clauderoutes.redact;

import java.util.Objects;

/**
 * A pattern of the user's own, in RE2 syntax. Text is held back as long as {@code maxLength}, so a small one keeps a
 * stream lively; what matches more characters than that is not replaced.
 */
public record PatternSettings(String name, String pattern, String replacement, int maxLength) {

    public static final int DEFAULT_MAX_LENGTH = 256;
    static final int LONGEST_MAX_LENGTH = 4096;

    public PatternSettings {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(pattern, "pattern");
        Objects.requireNonNull(replacement, "replacement");
        if (maxLength < 1 || maxLength > LONGEST_MAX_LENGTH) {
            throw new IllegalArgumentException("claude.redact.patterns." + name + ".max-length must be from 1 to "
                    + LONGEST_MAX_LENGTH + ", but is " + maxLength);
        }
    }

    public static PatternSettings of(String name, String pattern) {
        return new PatternSettings(name, pattern, "[REDACTED]", DEFAULT_MAX_LENGTH);
    }
}
