package io.clauderoutes.gateway.batches;

import java.util.Map;
import java.util.Optional;

/**
 * The client of a request about batches.
 *
 * @param name of its key; its batches belong to this name
 * @param tenant whose budget its batches use
 * @param redactPolicy the name of its redaction policy, if it has one of its own
 * @param limits the name of its limits, if it has any
 * @param url of the gateway as the client sees it, without a path
 * @param headers of the request that go on to the endpoint, by lower-case name
 */
public record BatchClient(
        String name,
        String tenant,
        Optional<String> redactPolicy,
        Optional<String> limits,
        String url,
        Map<String, String> headers) {

    public BatchClient {
        headers = Map.copyOf(headers);
    }
}
