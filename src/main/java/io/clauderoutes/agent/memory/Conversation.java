package io.clauderoutes.agent.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A session of a tenant.
 *
 * @param key under which its history is stored: a hash, so that the store holds neither name, and no name can be taken for another
 */
record Conversation(String tenant, String session, String key) {

    static Conversation of(String tenant, String session) {
        byte[] names = (tenant.length() + ":" + tenant + session).getBytes(UTF_8);
        try {
            return new Conversation(
                    tenant,
                    session,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(names)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
