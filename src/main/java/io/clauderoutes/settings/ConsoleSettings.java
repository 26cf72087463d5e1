package io.clauderoutes.settings;

import java.util.Optional;

/**
 * The console on the management server.
 *
 * @param password that everybody has to give; empty if only this machine is served
 */
public record ConsoleSettings(boolean enabled, Optional<String> password) {

    @Override
    public String toString() {
        return (enabled ? "on" : "off") + (password.isPresent() ? ", with a password" : "");
    }
}
