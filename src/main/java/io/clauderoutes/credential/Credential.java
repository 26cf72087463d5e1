package io.clauderoutes.credential;

import org.apache.hc.core5.http.HttpRequest;

/** Who we are to an endpoint. It is put on the wire by the HTTP client itself, so that no message ever carries it. */
public interface Credential {

    /** Adds the headers that prove who we are. */
    void sign(HttpRequest request);
}
