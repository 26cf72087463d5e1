package io.clauderoutes.settings;

import java.time.Duration;

/**
 * WebSockets of the gateway.
 *
 * @param enabled whether {@code /v1/ws} is served
 * @param requests that one connection may have in progress
 * @param idleTimeout after which a connection without a request in progress is closed
 */
public record WebSocketSettings(boolean enabled, int requests, Duration idleTimeout) {}
