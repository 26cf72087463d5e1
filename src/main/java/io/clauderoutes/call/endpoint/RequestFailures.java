package io.clauderoutes.call.endpoint;

import io.clauderoutes.ClaudeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a request's calls say of the endpoints' circuit breakers: each endpoint that has failed it is blamed once, when it is over. */
public final class RequestFailures {

    private final Map<String, Failed> byEndpoint = new ConcurrentHashMap<>(2);

    private record Failed(Endpoint endpoint, ClaudeException failure, Duration took) {}

    /** A call went well. The circuit breaker has counted it. */
    public void succeeded(Endpoint endpoint) {
        byEndpoint.remove(endpoint.name());
    }

    /** A call failed. */
    public void failed(Endpoint endpoint, ClaudeException failure, Duration took) {
        if (Failures.isEndpointsFault(failure, endpoint.name())) {
            byEndpoint.put(endpoint.name(), new Failed(endpoint, failure, took));
        } else if (!Failures.isNobodysFault(failure, endpoint.name())) {
            byEndpoint.remove(endpoint.name());
            endpoint.breaker().answered(took);
        }
    }

    /** The request is over. */
    public void count() {
        byEndpoint.values().forEach(its -> its.endpoint.breaker().failed(its.failure, its.took));
    }
}
