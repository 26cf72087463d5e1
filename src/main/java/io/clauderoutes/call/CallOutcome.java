package io.clauderoutes.call;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import java.util.List;
import java.util.Optional;

/**
 * What came of a call.
 *
 * @param endpoints that were called: the last one decides, one before it was called at the same time and did not reply either
 * @param made whether a request was sent; otherwise the endpoint was skipped
 * @param failure empty if the call succeeded, or if what failed came after the call and stays on the exchange
 */
record CallOutcome(List<Endpoint> endpoints, boolean made, Optional<ClaudeException> failure) {

    CallOutcome(Endpoint endpoint, boolean made, Optional<ClaudeException> failure) {
        this(List.of(endpoint), made, failure);
    }

    /** The same outcome, with an endpoint that was called at the same time. */
    CallOutcome beside(Endpoint other) {
        return new CallOutcome(List.of(other, endpoint()), made, failure);
    }

    /** The endpoint whose call decides the outcome. */
    Endpoint endpoint() {
        return endpoints.get(endpoints.size() - 1);
    }
}
