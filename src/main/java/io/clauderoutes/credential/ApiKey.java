package io.clauderoutes.credential;

import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;

/** A fixed key of the API, sent as {@code x-api-key} or as a bearer token, never as both. */
public final class ApiKey implements Credential {

    private final String key;
    private final boolean bearer;

    public ApiKey(String key, boolean bearer) {
        this.key = key;
        this.bearer = bearer;
    }

    @Override
    public void sign(HttpRequest request) {
        if (key.isEmpty()) {
            return;
        }
        if (bearer) {
            request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + key);
        } else {
            request.setHeader("x-api-key", key);
        }
    }

    @Override
    public String toString() {
        return "ApiKey[" + (key.isEmpty() ? "none" : "set") + "]";
    }
}
