package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Optional;

/**
 * {@code claude.checks.<name>.*}: one check of replies.
 *
 * @param mode when text of a reply that is checked is handed on
 * @param schema JSON schema that the reply has to fit, or the resource that holds it
 * @param patterns that the reply must and must not hold
 * @param length bounds of the reply, in characters
 * @param route a Camel endpoint that decides
 * @param repair whether a reply that does not pass is asked for once more
 */
public record CheckSettings(
        Mode mode, Optional<String> schema, Patterns patterns, Length length, Optional<Route> route, boolean repair) {

    /** When text of a reply is handed on. */
    public enum Mode {
        /** When no continuation can make it fail. */
        HOLD,
        /** At once; a reply that fails ends there. */
        STOP,
        /** When the whole reply has passed. */
        WHOLE
    }

    /** Patterns in RE2 syntax. */
    public record Patterns(Optional<String> required, Optional<String> forbidden) {
        boolean isEmpty() {
            return required.isEmpty() && forbidden.isEmpty();
        }
    }

    /** Bounds in characters; 0 is none. */
    public record Length(long least, long most) {
        boolean isEmpty() {
            return least == 0 && most == 0;
        }
    }

    /**
     * A Camel endpoint that decides.
     *
     * @param timeout of one decision
     * @param stopsOnFailure whether a reply ends when the endpoint fails or is late
     */
    public record Route(String uri, Duration timeout, boolean stopsOnFailure) {}

    /** The same with the text of its schema. */
    public CheckSettings withSchema(String text) {
        return new CheckSettings(mode, Optional.of(text), patterns, length, route, repair);
    }

    /** How many kinds of check the settings describe; exactly one is right. */
    int kinds() {
        return (schema.isPresent() ? 1 : 0)
                + (patterns.isEmpty() ? 0 : 1)
                + (length.isEmpty() ? 0 : 1)
                + (route.isPresent() ? 1 : 0);
    }
}
