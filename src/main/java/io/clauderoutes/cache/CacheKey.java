package io.clauderoutes.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/**
 * Under what a reply is remembered: a hash of everything that can change it. Two requests that differ in the order of their
 * fields, in white space or in {@code stream} have the same key.
 */
final class CacheKey {

    private final MessageJson json;

    CacheKey(MessageJson json) {
        this.json = json;
    }

    /** @param redaction version of the request's redaction policy */
    String of(Prompt prompt, String redaction) {
        MessageDigest hash = sha256();
        part(hash, prompt.options().tenant());
        part(hash, redaction);
        Map<String, String> headers = prompt.wireHeaders();
        String[] names = headers.keySet().toArray(String[]::new);
        Arrays.sort(names);
        for (String name : names) {
            if (!ClientHeaders.isOnlyAboutClient(name)) {
                part(hash, name);
                part(hash, headers.get(name));
            }
        }
        part(hash, prompt.query());
        // An unchecked reply may not fit the schema.
        prompt.options().replyRules().output().ifPresent(schema -> part(hash, schema.text()));
        prompt.options().replyRules().checks().forEach(check -> part(hash, check));
        hash.update(json.canonical(prompt.request().json().bytes()));
        return HexFormat.of().formatHex(hash.digest());
    }

    private static void part(MessageDigest hash, String part) {
        hash.update(part.getBytes(UTF_8));
        hash.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
