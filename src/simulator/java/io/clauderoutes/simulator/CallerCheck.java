package io.clauderoutes.simulator;

import java.util.Optional;
import java.util.Set;

/**
 * Who may call. An {@code x-api-key} counts before a bearer token; any key will do unless some are named, but a token that we
 * gave out, or that a caller signed, has to be good.
 */
final class CallerCheck {

    private static final String BEARER = "bearer ";
    private static final String BETA = "oauth-2025-04-20";

    private final TokenRules rules;
    private final TokensGiven given;
    private final JwtCheck jwts;
    private volatile Set<String> accepted;

    CallerCheck(Set<String> accepted, TokenRules rules, TokensGiven given, JwtCheck jwts) {
        this.accepted = accepted;
        this.rules = rules;
        this.given = given;
        this.jwts = jwts;
    }

    /** Other keys are taken from now on. */
    void accept(Set<String> keys) {
        accepted = Set.copyOf(keys);
    }

    void require(Call call) throws RefusedCall {
        Optional<String> apiKey = call.header("x-api-key");
        if (apiKey.isPresent()) {
            if (given.isOurs(apiKey.get()) || !isAccepted(apiKey.get())) {
                throw new RefusedCall(new ErrorReply(401, "invalid x-api-key"));
            }
            return;
        }
        String token =
                bearer(call).orElseThrow(() -> new RefusedCall(new ErrorReply(401, "x-api-key header is required")));
        if (!isGood(token, call)) {
            throw new RefusedCall(new ErrorReply(401, "invalid bearer token"));
        }
    }

    private boolean isGood(String token, Call call) {
        if (given.isOurs(token)) {
            boolean named = !token.startsWith(TokensGiven.EXCHANGED)
                    || call.header("anthropic-beta").orElse("").contains(BETA);
            return named && given.isGood(token);
        }
        if (!rules.jwtKey().isEmpty() && JwtCheck.looksLikeOne(token)) {
            return jwts.isSigned(token, rules.jwtKey(), rules.issuer());
        }
        return isAccepted(token);
    }

    private boolean isAccepted(String key) {
        Set<String> keys = accepted;
        return keys.isEmpty() || keys.contains(key);
    }

    /** For endpoints that can be open to all: a key is asked for only if some are named. */
    void requireIfNamed(Call call) throws RefusedCall {
        if (!accepted.isEmpty()) {
            require(call);
        }
    }

    private static Optional<String> bearer(Call call) {
        return call.header("authorization")
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip())
                .filter(token -> !token.isEmpty());
    }
}
