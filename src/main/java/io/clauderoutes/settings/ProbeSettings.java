package io.clauderoutes.settings;

import java.time.Duration;

/** A call that costs nothing; an empty path is none. */
public record ProbeSettings(String path, Duration interval, Duration intervalOut, Duration timeout) {}
