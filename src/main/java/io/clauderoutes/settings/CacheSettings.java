package io.clauderoutes.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** {@code claude.cache.*}: the reply cache. */
public record CacheSettings(boolean enabled, Duration timeToLive, long maxBytes, Optional<Path> templates) {}
