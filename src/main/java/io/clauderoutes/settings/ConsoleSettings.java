package io.clauderoutes.settings;

import java.util.Optional;

/**
 * The console on the management server.
 *
 * @param password that everybody has to give; empty if only this machine is served
 * @param traceUrl of a page with a trace, with {@code {trace}} in place of its id
 */
public record ConsoleSettings(boolean enabled, Optional<String> password, Optional<String> traceUrl) {

    /** Stands in a URL in place of the id of a trace. */
    public static final String TRACE = "{trace}";

    @Override
    public String toString() {
        return (enabled ? "on" : "off") + (password.isPresent() ? ", with a password" : "");
    }
}
