package io.clauderoutes.gateway;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.settings.GatewaySettings;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the connections of WebSocket clients work with.
 *
 * @param settings those of now
 * @param ticker nanoseconds
 */
public record SocketParts(
        Guard guard,
        StreamRetention retention,
        SocketSender sender,
        MessageJson json,
        RequestOutcomes outcomes,
        Supplier<GatewaySettings> settings,
        LongSupplier ticker) {}
