package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Optional;

/** {@code claude.sinks.<name>.*}: one sink. */
public record SinkSettings(
        String uri,
        boolean chunks,
        boolean json,
        int buffer,
        int attempts,
        Duration retryDelay,
        OnSinkFailure onFailure,
        Optional<String> deadLetter) {

    /** The same at another URI. */
    public SinkSettings at(String other) {
        return new SinkSettings(other, chunks, json, buffer, attempts, retryDelay, onFailure, deadLetter);
    }
}
