package io.clauderoutes.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How an endpoint is reached.
 *
 * @param limit connections at most
 * @param lifetime how long one is used at most
 * @param trusted PEM file with the certificates that are trusted in place of the JVM's
 */
public record ConnectionSettings(
        HttpVersion version,
        int limit,
        Duration keepAlive,
        Duration lifetime,
        Duration connectTimeout,
        Optional<Path> trusted) {}
