package io.clauderoutes.settings;

import java.time.Duration;
import java.util.Optional;

/** {@code claude.sinks.<name>.*}: one sink. */
public record SinkSettings(String uri, boolean chunks, boolean json, int buffer, Failure failure) {
    /** What happens when a sink fails. */
    public record Failure(int attempts, Duration retryDelay, OnSinkFailure onFailure, Optional<String> deadLetter) {}

    /** The same at another URI. */
    public SinkSettings at(String other) {
        return new SinkSettings(other, chunks, json, buffer, failure);
    }
}
