package io.clauderoutes.resume;

import io.clauderoutes.Frame;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * A request whose reply is retained.
 *
 * @param id of the reply
 * @param client that may read the reply
 * @param idempotencyKey that the client has chosen for the request, if any
 * @param bodyHash SHA-256 of the request's body
 */
public record RetentionRequest(String id, String client, Optional<String> idempotencyKey, Frame bodyHash) {

    /** A request with this body. */
    public static RetentionRequest of(String id, String client, Optional<String> idempotencyKey, byte[] body) {
        try {
            return new RetentionRequest(
                    id,
                    client,
                    idempotencyKey,
                    new Frame(MessageDigest.getInstance("SHA-256").digest(body)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
