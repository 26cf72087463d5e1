package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.ClientKeySettings;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.settings.SettingsException;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which clients are served, and as which tenant. Keys are held as hashes and compared in constant time. Without keys only clients on
 * this machine are served, unless clients bring credentials of the endpoint's own that go on to it.
 */
final class Clients {

    private static final String API_KEY = "x-api-key";
    private static final String AUTHORIZATION = "authorization";
    private static final String BEARER = "bearer ";
    private static final int TENANT_BYTES = 8;
    private static final int LONGEST_KEY = 16_384;

    private final Map<String, ClientKeySettings> byName;
    private final Map<String, byte[]> hashes = new HashMap<>();
    private final boolean passThrough;
    private final List<String> checks;

    Clients(GatewaySettings settings) {
        this.byName = Map.copyOf(settings.access().keys());
        this.passThrough = settings.access().passThrough();
        this.checks = settings.defaults().checks();
        List<String> mistakes = new ArrayList<>();
        byName.forEach((name, key) -> {
            try {
                hashes.put(name, hash(key(name, key)));
            } catch (SettingsException unreadable) {
                mistakes.addAll(unreadable.mistakes());
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    private static String key(String name, ClientKeySettings settings) {
        if (settings.secret().file().isEmpty()) {
            return settings.secret().text();
        }
        Path file = settings.secret().file().get();
        String setting = "claude.gateway.keys." + name + ".key-file=" + file;
        try {
            String key = Files.readString(file).strip();
            if (key.isEmpty() || key.length() > LONGEST_KEY) {
                throw new SettingsException(List.of(setting + ": expected a file with the key that clients show"));
            }
            return key;
        } catch (IOException unreadable) {
            throw new SettingsException(List.of(setting + ": the file cannot be read"));
        }
    }

    /**
     * Who a request comes from.
     *
     * @throws ClaudeException.Unauthorized if the client is not known
     */
    Client of(HttpServerRequest request) {
        if (passThrough) {
            return passingThrough(request);
        }
        if (hashes.isEmpty()) {
            return onThisMachine(request);
        }
        for (String shown : shown(request)) {
            byte[] given = hash(shown);
            String found = null;
            for (Map.Entry<String, byte[]> key : hashes.entrySet()) {
                if (MessageDigest.isEqual(key.getValue(), given)) {
                    found = key.getKey();
                }
            }
            if (found != null) {
                ClientKeySettings key = byName.get(found);
                return new Client(
                        found,
                        key.tenant(),
                        Optional.empty(),
                        Optional.of(key),
                        key.replies().checks().orElse(checks));
            }
        }
        throw unknown("invalid x-api-key");
    }

    boolean isPassThrough() {
        return passThrough;
    }

    /** The credentials of a request. An expired credential beside a valid one is ignored. */
    private static List<String> shown(HttpServerRequest request) {
        List<String> shown = new ArrayList<>(2);
        String key = request.getHeader(API_KEY);
        if (key != null) {
            shown.add(key);
        }
        String authorization = request.getHeader(AUTHORIZATION);
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            shown.add(authorization.substring(BEARER.length()).trim());
        }
        SocketHandshake.key(request).ifPresent(shown::add);
        return shown;
    }

    private Client onThisMachine(HttpServerRequest request) {
        if (RemoteClient.isLocal(request)) {
            return new Client(RemoteClient.address(request), "default", Optional.empty(), Optional.empty(), checks);
        }
        throw unknown("only clients on the same machine are served, for no claude.gateway.keys are set");
    }

    /** Each credential is a tenant of its own: no client gets a reply that another client has paid for. */
    private Client passingThrough(HttpServerRequest request) {
        for (String header : List.of(API_KEY, AUTHORIZATION)) {
            String value = request.getHeader(header);
            if (value != null && !value.isBlank()) {
                return passingThrough(new CallerCredential(header, value));
            }
        }
        Optional<String> key = SocketHandshake.key(request);
        if (key.isPresent()) {
            return passingThrough(new CallerCredential(API_KEY, key.get()));
        }
        throw unknown("x-api-key header is required");
    }

    private Client passingThrough(CallerCredential credential) {
        String tenant = "caller-" + HexFormat.of().formatHex(hash(credential.value()), 0, TENANT_BYTES);
        return new Client(tenant, tenant, Optional.of(credential), Optional.empty(), checks);
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
