package io.clauderoutes.redact;

import java.util.Objects;

/**
 * How one built-in kind is treated. {@code validated} means something for cards and SSNs alone: only numbers with a
 * right check digit or an issued area are then replaced; the other kinds are always checked.
 */
public record KindSettings(boolean enabled, boolean validated, String replacement) {

    public KindSettings {
        Objects.requireNonNull(replacement, "replacement");
    }

    public static KindSettings defaults(Kind kind) {
        return new KindSettings(true, false, kind.defaultReplacement());
    }

    public static KindSettings off(Kind kind) {
        return new KindSettings(false, false, kind.defaultReplacement());
    }
}
