package io.clauderoutes.simulator;

import java.util.Optional;
import java.util.Set;

/** Who may call. An {@code x-api-key} counts before a bearer token; any key will do unless some are named. */
final class Credentials {

    private static final String BEARER = "bearer ";

    private final Set<String> accepted;

    Credentials(Set<String> accepted) {
        this.accepted = accepted;
    }

    void require(Call call) throws RefusedCall {
        Optional<String> key = key(call);
        if (key.isEmpty()) {
            throw new RefusedCall(new ApiError(401, "x-api-key header is required"));
        }
        if (!accepted.isEmpty() && !accepted.contains(key.get())) {
            throw new RefusedCall(new ApiError(401, "invalid x-api-key"));
        }
    }

    /** For endpoints that can be open to all: a key is asked for only if some are named. */
    void requireIfNamed(Call call) throws RefusedCall {
        if (!accepted.isEmpty()) {
            require(call);
        }
    }

    private static Optional<String> key(Call call) {
        return call.header("x-api-key").or(() -> call.header("authorization")
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip())
                .filter(token -> !token.isEmpty()));
    }
}
