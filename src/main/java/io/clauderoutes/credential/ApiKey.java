package io.clauderoutes.credential;

import java.util.Optional;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;

/**
 * A key of the API, sent as {@code x-api-key} or as a bearer token, never as both. It has no successor unless it stands in a
 * file that was changed.
 */
public final class ApiKey implements Credential {

    private static final int UNAUTHORIZED = 401;

    private final String name;
    private final Secret key;
    private final boolean bearer;
    private volatile Token current;
    private volatile Token refused;

    ApiKey(String name, Secret key, boolean bearer) {
        this.name = name;
        this.key = key;
        this.bearer = bearer;
        this.current = Token.lasting(key.value());
    }

    @Override
    public void await(long deadlineNanos) {
        // it is there
    }

    @Override
    public Optional<Token> sign(HttpRequest request) {
        Token token = token();
        if (token.value().isEmpty()) {
            return Optional.empty();
        }
        if (bearer) {
            request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token.value());
        } else {
            request.setHeader("x-api-key", token.value());
        }
        return Optional.of(token);
    }

    private Token token() {
        Token token = current;
        if (!token.value().equals(key.value())) {
            token = Token.lasting(key.value());
            current = token;
        }
        return token;
    }

    @Override
    public boolean answered(Token shown, Answer answer) {
        if (answer.status() == UNAUTHORIZED) {
            refused = shown;
            return key.isOtherThan(shown.value());
        }
        if (refused != null && answer.status() < UNAUTHORIZED) {
            refused = null;
        }
        return false;
    }

    @Override
    public void look() {
        key.look();
    }

    @Override
    public Health health() {
        Token last = refused;
        if (last != null && last.value().equals(key.value())) {
            return new Health(
                    true,
                    "the endpoint refused the key with 401: check claude.credentials." + name + ".key or .key-file");
        }
        return new Health(true, key.value().isEmpty() ? "no key is set" : "set");
    }

    @Override
    public String toString() {
        return "ApiKey[" + (key.value().isEmpty() ? "none" : "set") + "]";
    }
}
