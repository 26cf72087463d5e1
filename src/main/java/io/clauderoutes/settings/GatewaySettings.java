package io.clauderoutes.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gateway.
 *
 * @param enabled whether its paths are served, where the HTTP server is on
 * @param bounds of what clients may keep it busy with
 */
public record GatewaySettings(
        boolean enabled,
        Access access,
        Defaults defaults,
        Connections connections,
        Mcp mcp,
        GatewayBoundsSettings bounds,
        Tls tls) {
    /**
     * Who may call the gateway.
     *
     * @param passThrough whether callers' own credentials go on to the endpoints in place of ours
     * @param hosts names by which clients may call it; none means any where there are keys, and this machine's where there are not
     * @param openPaths that need no key
     * @param origins whose pages may call it from a browser
     */
    public record Access(
            Map<String, ClientKeySettings> keys,
            boolean passThrough,
            List<String> hosts,
            List<String> openPaths,
            List<String> origins) {}

    /**
     * Options of requests whose key names none.
     *
     * @param cache whether clients' requests use the reply cache, where their key or request does not say
     * @param tools of the bundle that clients' requests use, where their key does not say
     * @param checks that replies to clients have to pass, where their key does not say
     * @param resumable whether streamed replies to clients are retained, where their key and request do not say
     * @param models names of clients' own for models, by that name
     */
    public record Defaults(
            boolean cache, List<String> tools, List<String> checks, boolean resumable, Map<String, String> models) {}

    /**
     * Tools that are offered to MCP clients.
     *
     * @param enabled whether tools are offered to MCP clients
     * @param tools tools that MCP clients may call, where their key does not say
     */
    public record Mcp(boolean enabled, List<String> tools) {}

    /**
     * The certificate of the gateway.
     *
     * @param certificate PEM file of the gateway's certificate chain, if it speaks TLS
     * @param privateKey PEM file of its private key, there if the certificate is
     */
    public record Tls(Optional<Path> certificate, Optional<Path> privateKey) {}

    /**
     * Connections of clients and their timeouts.
     *
     * @param webSocket WebSockets of clients
     */
    public record Connections(
            WebSocketSettings webSocket,
            Duration readTimeout,
            Duration idleTimeout,
            Duration pingInterval,
            Duration writeTimeout) {}
}
