package io.clauderoutes.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.ConsoleSettings;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who may use the console. Without a password only this machine is served, and no request that came through a proxy. A page of another
 * origin is never served, because a request of the console can cost money. The guard of the servers has checked the host before.
 */
public final class ConsoleAccess {

    private static final Map<String, String> HEADERS = Map.of(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
                    + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            "x-content-type-options",
            "nosniff",
            "referrer-policy",
            "no-referrer",
            "cross-origin-resource-policy",
            "same-origin",
            "cross-origin-opener-policy",
            "same-origin",
            "permissions-policy",
            "camera=(), microphone=(), geolocation=()",
            "x-frame-options",
            "DENY");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final String BASIC = "basic ";
    private static final long PENALTY_MILLIS = 500;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int BAD_METHOD = 405;
    private static final int BAD_TYPE = 415;

    private final Optional<byte[]> password;

    public ConsoleAccess(ConsoleSettings settings) {
        this.password = settings.password().map(ConsoleAccess::hash);
    }

    private record Refusal(int status, String reason) {}

    /** Lets a request go on, or refuses it. */
    void check(RoutingContext context) {
        HttpServerResponse response = context.response();
        HEADERS.forEach(response::putHeader);
        Optional<Refusal> refusal = refusal(context.request());
        if (refusal.isEmpty()) {
            context.next();
            return;
        }
        if (refusal.get().status() == UNAUTHORIZED) {
            response.putHeader("www-authenticate", "Basic realm=\"Claude Routes console\", charset=\"UTF-8\"");
            if (context.request().headers().contains("authorization")) {
                // Guesses take their time.
                context.vertx().setTimer(PENALTY_MILLIS, due -> refuse(context, refusal.get()));
                return;
            }
        }
        refuse(context, refusal.get());
    }

    private static void refuse(RoutingContext context, Refusal refusal) {
        ConsoleResponse.error(context, refusal.status(), refusal.reason());
    }

    private Optional<Refusal> refusal(HttpServerRequest request) {
        HttpMethod method = request.method();
        boolean reads = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        if (!reads && !method.equals(HttpMethod.POST)) {
            return Optional.of(new Refusal(BAD_METHOD, "expected GET or POST"));
        }
        String site = request.getHeader("sec-fetch-site");
        if (site != null && !OWN_SITE.contains(site.toLowerCase(Locale.ROOT))) {
            return Optional.of(new Refusal(FORBIDDEN, "pages of other origins are not served (sec-fetch-site)"));
        }
        if (request.headers().contains("origin") && !RemoteClient.isOwnPage(request)) {
            return Optional.of(new Refusal(FORBIDDEN, "pages of other origins are not served (origin)"));
        }
        if (!reads && !isJson(request.getHeader("content-type"))) {
            return Optional.of(new Refusal(BAD_TYPE, "expected content-type: application/json"));
        }
        return refusalOfClient(request);
    }

    private static boolean isJson(String type) {
        return type != null
                && type.toLowerCase(Locale.ROOT).split(";", 2)[0].trim().equals("application/json");
    }

    private Optional<Refusal> refusalOfClient(HttpServerRequest request) {
        if (password.isPresent()) {
            return isPassword(request.getHeader("authorization"))
                    ? Optional.empty()
                    : Optional.of(new Refusal(UNAUTHORIZED, "expected the password of claude.console.password"));
        }
        return RemoteClient.isLocal(request)
                        && RemoteClient.proxyHeader(request).isEmpty()
                ? Optional.empty()
                : Optional.of(new Refusal(
                        FORBIDDEN,
                        "the console is served only to this machine, and not through a proxy: set"
                                + " claude.console.password to serve others"));
    }

    private boolean isPassword(String authorization) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(BASIC)) {
            return false;
        }
        try {
            String pair = new String(
                    Base64.getDecoder()
                            .decode(authorization.substring(BASIC.length()).trim()),
                    UTF_8);
            int colon = pair.indexOf(':');
            return colon >= 0 && MessageDigest.isEqual(hash(pair.substring(colon + 1)), password.orElseThrow());
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
