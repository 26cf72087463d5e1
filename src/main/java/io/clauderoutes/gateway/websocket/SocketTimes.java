package io.clauderoutes.gateway.websocket;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a connection waits.
 *
 * @param ping after so long without a byte to the client it gets a ping
 * @param read for the rest of a message that has begun
 * @param write for a client that takes nothing
 * @param idle for a message, while no request is in progress
 * @param ticker nanoseconds
 */
public record SocketTimes(Duration ping, Duration read, Duration write, Duration idle, LongSupplier ticker) {}
