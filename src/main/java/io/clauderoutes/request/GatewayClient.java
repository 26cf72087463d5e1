package io.clauderoutes.request;

import io.clauderoutes.message.CallerCredential;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the stages need to know of the gateway client that sent a request, or of the route that reads its reply as a stream.
 *
 * @param isRoute whether a route of this process reads the stream: it leaves waiting and retries to the stages
 * @param gone whether the client has disconnected
 * @param cancels whether a disconnect ends the request, unless other requests have joined it
 * @param retries whether the client sends a failed request again itself
 * @param stream where the client reads the reply while it arrives; empty if it waits for the whole reply
 * @param credential of the client, if calls are made with it in place of the endpoint's
 */
public record GatewayClient(
        boolean isRoute,
        BooleanSupplier gone,
        boolean cancels,
        boolean retries,
        Optional<ClientStream> stream,
        Optional<CallerCredential> credential) {

    /** A route that reads the reply while it arrives. The call ends when the route has closed the stream. */
    public static GatewayClient route(ClientStream stream) {
        return new GatewayClient(true, stream::isGone, true, false, Optional.of(stream), Optional.empty());
    }
}
