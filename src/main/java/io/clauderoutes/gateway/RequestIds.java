package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.message.Correlation;
import io.vertx.core.http.HttpServerResponse;
import java.util.UUID;

/** Ids of responses that no endpoint has given one, in the API's form. */
final class RequestIds {

    static final String HEADER = "request-id";

    private static final String PREFIX = "req_";

    private RequestIds() {}

    /** A new id. */
    static String next() {
        return PREFIX + UUID.randomUUID().toString().replace("-", "");
    }

    /** The id of a response of the bundle. Its log line has the same id. */
    static String of(HttpServerResponse response) {
        String known = response.headers().get(Correlation.REQUEST_ID);
        return known == null ? next() : known;
    }

    /** The id of the response to a prompt. */
    static String of(String promptId) {
        return PREFIX + promptId;
    }

    /** An error with an id: its own, or a new one. */
    static ApiError named(ApiError error) {
        return error.requestId().isPresent() ? error : error.withRequestId(next());
    }
}
