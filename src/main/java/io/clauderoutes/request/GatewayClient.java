package io.clauderoutes.request;

import io.clauderoutes.message.CallerCredential;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the stages need to know of the gateway client that sent a request.
 *
 * @param gone whether the client has disconnected
 * @param cancels whether a disconnect ends the request, unless other requests have joined it
 * @param retries whether the client sends a failed request again itself
 * @param stream where the client reads the reply while it arrives; empty if it waits for the whole reply
 * @param credential of the client, if calls are made with it in place of the endpoint's
 */
public record GatewayClient(
        BooleanSupplier gone,
        boolean cancels,
        boolean retries,
        Optional<ClientStream> stream,
        Optional<CallerCredential> credential) {}
