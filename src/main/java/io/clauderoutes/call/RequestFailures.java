package io.clauderoutes.call;

import io.clauderoutes.call.Endpoints.Endpoint;
import io.clauderoutes.message.ClaudeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a request's calls say of the endpoints' circuit breakers: each endpoint that has failed it is blamed once, when it is over. */
final class RequestFailures {

    private final Map<Endpoint, Failed> byEndpoint = new ConcurrentHashMap<>(2);

    private record Failed(ClaudeException failure, Duration took) {}

    /** A call went well. The circuit breaker has counted it. */
    void succeeded(Endpoint endpoint) {
        byEndpoint.remove(endpoint);
    }

    /** A call failed. */
    void failed(Endpoint endpoint, ClaudeException failure, Duration took) {
        if (Failures.isEndpointsFault(failure, endpoint.name())) {
            byEndpoint.put(endpoint, new Failed(failure, took));
        } else if (!Failures.isNobodysFault(failure, endpoint.name())) {
            byEndpoint.remove(endpoint);
            endpoint.breaker().answered(took);
        }
    }

    /** The request is over. */
    void count() {
        byEndpoint.forEach((endpoint, its) -> endpoint.breaker().failed(its.failure, its.took));
    }
}
