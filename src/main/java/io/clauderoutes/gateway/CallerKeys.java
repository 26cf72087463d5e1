package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import io.vertx.core.http.HttpServerRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Who may come in, and as which tenant. Keys are held as hashes and compared in constant time; where none are configured only
 * callers on this machine are served.
 */
final class CallerKeys {

    private static final String BEARER = "bearer ";

    private final Map<String, ClaudeSettings.CallerKey> byName;
    private final Map<String, byte[]> hashes = new HashMap<>();

    CallerKeys(Map<String, ClaudeSettings.CallerKey> keys) {
        this.byName = Map.copyOf(keys);
        keys.forEach((name, key) -> hashes.put(name, hash(key.key())));
    }

    /**
     * The tenant of a caller.
     *
     * @throws ClaudeException.Unauthorized if nobody knows the caller
     */
    String tenant(HttpServerRequest request) {
        if (hashes.isEmpty()) {
            String from = request.remoteAddress() == null
                    ? ""
                    : request.remoteAddress().hostAddress();
            if (from != null && (from.startsWith("127.") || from.equals("0:0:0:0:0:0:0:1") || from.equals("::1"))) {
                return "default";
            }
            throw unknown("only callers on the same machine are served, for no claude.gateway.keys are set");
        }
        byte[] given = hash(credential(request));
        String found = null;
        for (Map.Entry<String, byte[]> key : hashes.entrySet()) {
            if (MessageDigest.isEqual(key.getValue(), given)) {
                found = key.getKey();
            }
        }
        if (found == null) {
            throw unknown("invalid x-api-key");
        }
        return byName.get(found).tenant();
    }

    private static String credential(HttpServerRequest request) {
        String key = request.getHeader("x-api-key");
        if (key != null) {
            return key;
        }
        String authorization = request.getHeader("authorization");
        return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)
                ? authorization.substring(BEARER.length())
                : "";
    }

    private static ClaudeException unknown(String why) {
        return new ClaudeException.Unauthorized(
                ApiError.ours(401, "authentication_error", why), "The key is one of claude.gateway.keys");
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
