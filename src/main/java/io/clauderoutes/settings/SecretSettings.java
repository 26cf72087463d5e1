package io.clauderoutes.settings;

import java.nio.file.Path;
import java.util.Optional;

/** A secret as text, or the file that holds it. If both are set, the file counts. */
public record SecretSettings(String text, Optional<Path> file) {
    public boolean isEmpty() {
        return text.isEmpty() && file.isEmpty();
    }

    @Override
    public String toString() {
        return file.map(Path::toString).orElse(text.isEmpty() ? "none" : "set");
    }
}
