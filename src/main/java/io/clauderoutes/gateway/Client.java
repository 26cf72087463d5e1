package io.clauderoutes.gateway;

import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.settings.ClientKeySettings;
import java.util.List;
import java.util.Optional;

/**
 * The client of a request.
 *
 * @param name of its key, or what it is known by without one
 * @param tenant whose limits and cache the request uses
 * @param credential the client's own, if it goes on to the endpoint
 * @param key the key that it has shown, where there are keys
 * @param checks that replies to it have to pass
 */
record Client(
        String name,
        String tenant,
        Optional<CallerCredential> credential,
        Optional<ClientKeySettings> key,
        List<String> checks) {}
