package io.clauderoutes.simulator;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as it arrived. Header names are in lower case.
 *
 * @param path with its query, if it had one
 * @param nanoTime nanoseconds since 1970 by the simulator's clock, when the request was complete
 */
public record ReceivedRequest(
        String method, String path, Map<String, List<String>> headers, String body, long nanoTime) {

    public ReceivedRequest {
        headers = Map.copyOf(headers);
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT))).map(values -> values.get(0));
    }
}
