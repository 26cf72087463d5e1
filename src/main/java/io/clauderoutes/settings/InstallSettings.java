package io.clauderoutes.settings;

import java.net.URI;

/** The Maven repository that connectors come from. User and password are empty where it needs none. */
public record InstallSettings(URI repository, String user, String password) {

    @Override
    public String toString() {
        return repository + (user.isEmpty() ? "" : " as " + user);
    }
}
