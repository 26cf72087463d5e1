package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.message.ClaudeException;
import io.vertx.core.http.HttpServerRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who may come in, and as which tenant. Keys are held as hashes and compared in constant time. Where none are configured only
 * callers on this machine are served, unless callers bring credentials of the endpoint's own that go on to it.
 */
final class Callers {

    private static final String API_KEY = "x-api-key";
    private static final String AUTHORIZATION = "authorization";
    private static final String BEARER = "bearer ";
    private static final String ORIGIN = "origin";
    private static final Pattern THIS_MACHINE =
            Pattern.compile("https?://(localhost|127[.][0-9.]+|\\[::1])(:[0-9]+)?", Pattern.CASE_INSENSITIVE);
    private static final int TENANT_BYTES = 8;

    private final Map<String, ClaudeSettings.CallerKey> byName;
    private final Map<String, byte[]> hashes = new HashMap<>();
    private final boolean passThrough;
    private final List<String> origins;

    Callers(ClaudeSettings.Gateway settings) {
        this.byName = Map.copyOf(settings.keys());
        this.passThrough = settings.passThrough();
        this.origins = settings.origins();
        byName.forEach((name, key) -> hashes.put(name, hash(key.key())));
    }

    /**
     * Who a request comes from.
     *
     * @throws ClaudeException.Unauthorized if nobody knows the caller
     */
    Caller of(HttpServerRequest request) {
        if (passThrough) {
            return passingThrough(request);
        }
        if (hashes.isEmpty()) {
            return onThisMachine(request);
        }
        byte[] given = hash(key(request));
        String found = null;
        for (Map.Entry<String, byte[]> key : hashes.entrySet()) {
            if (MessageDigest.isEqual(key.getValue(), given)) {
                found = key.getKey();
            }
        }
        if (found == null) {
            throw unknown("invalid x-api-key");
        }
        return new Caller(
                byName.get(found).tenant(), Optional.empty(), byName.get(found).redactPolicy());
    }

    private Caller onThisMachine(HttpServerRequest request) {
        String from =
                request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress();
        if (isFromElsewhere(request.getHeader(ORIGIN))) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    403,
                    "permission_error",
                    "pages of other hosts are not served, for no claude.gateway.keys are set"));
        }
        if (from != null && (from.startsWith("127.") || from.equals("0:0:0:0:0:0:0:1") || from.equals("::1"))) {
            return new Caller("default", Optional.empty(), Optional.empty());
        }
        throw unknown("only callers on the same machine are served, for no claude.gateway.keys are set");
    }

    /** Any page in a browser on this machine can send a request here, though it may not read the answer. */
    private boolean isFromElsewhere(String origin) {
        return origin != null
                && !origins.contains(origin)
                && !THIS_MACHINE.matcher(origin).matches();
    }

    /** Each credential is a tenant of its own: nobody is answered from what another has paid for. */
    private static Caller passingThrough(HttpServerRequest request) {
        for (String header : List.of(API_KEY, AUTHORIZATION)) {
            String value = request.getHeader(header);
            if (value != null && !value.isBlank()) {
                String tenant = HexFormat.of().formatHex(hash(value), 0, TENANT_BYTES);
                return new Caller(
                        "caller-" + tenant, Optional.of(new CallerCredential(header, value)), Optional.empty());
            }
        }
        throw unknown("x-api-key header is required");
    }

    private static String key(HttpServerRequest request) {
        String key = request.getHeader(API_KEY);
        if (key != null) {
            return key;
        }
        String authorization = request.getHeader(AUTHORIZATION);
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
