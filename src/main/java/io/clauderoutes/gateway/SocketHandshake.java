package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the subprotocols that a WebSocket client offers: a browser can send nothing else with its handshake. */
final class SocketHandshake {

    /** The protocol of this server. */
    static final String PROTOCOL = "claude-routes.v1";

    /** What comes before the key of a client in base64url. */
    private static final String KEY = "claude-routes.key.";

    private static final String HEADER = "sec-websocket-protocol";

    private SocketHandshake() {}

    /** Whether the client speaks the protocol of this server. */
    static boolean offersProtocol(HttpServerRequest request) {
        return offered(request).anyMatch(PROTOCOL::equals);
    }

    /** The key among the subprotocols. It is never sent back. */
    static Optional<String> key(HttpServerRequest request) {
        return request.headers().contains(HEADER)
                ? offered(request)
                        .filter(name -> name.startsWith(KEY))
                        .findFirst()
                        .flatMap(name -> decoded(name.substring(KEY.length())))
                : Optional.empty();
    }

    private static Stream<String> offered(HttpServerRequest request) {
        return request.headers().getAll(HEADER).stream()
                .flatMap(names -> Arrays.stream(names.split(",")))
                .map(String::trim);
    }

    private static Optional<String> decoded(String text) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(text), UTF_8))
                    .filter(key -> !key.isBlank());
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty();
        }
    }
}
