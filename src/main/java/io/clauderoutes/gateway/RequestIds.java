package io.clauderoutes.gateway;

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

    /** The id of the response to a prompt. */
    static String of(String promptId) {
        return PREFIX + promptId;
    }
}
