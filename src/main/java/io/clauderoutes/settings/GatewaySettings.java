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
 * @param passThrough whether callers' own credentials go on to the endpoints in place of ours
 * @param cache whether clients' requests use the reply cache, where their key or request does not say
 * @param tools of the bundle that clients' requests use, where their key does not say
 * @param checks that replies to clients have to pass, where their key does not say
 * @param resumable whether streamed replies to clients are retained, where their key and request do not say
 * @param webSocket WebSockets of clients
 * @param mcp whether tools are offered to MCP clients
 * @param mcpTools tools that MCP clients may call, where their key does not say
 * @param models names of clients' own for models, by that name
 * @param hosts names by which clients may call it; none means any where there are keys, and this machine's where there are not
 * @param openPaths that need no key
 * @param bounds of what clients may keep it busy with
 * @param origins whose pages may call it from a browser
 * @param certificate PEM file of the gateway's certificate chain, if it speaks TLS
 * @param privateKey PEM file of its private key, there if the certificate is
 */
public record GatewaySettings(
        boolean enabled,
        Map<String, ClientKeySettings> keys,
        boolean passThrough,
        boolean cache,
        List<String> tools,
        List<String> checks,
        boolean resumable,
        WebSocketSettings webSocket,
        boolean mcp,
        List<String> mcpTools,
        Map<String, String> models,
        List<String> hosts,
        List<String> openPaths,
        GatewayBoundsSettings bounds,
        List<String> origins,
        Optional<Path> certificate,
        Optional<Path> privateKey,
        Duration readTimeout,
        Duration idleTimeout,
        Duration pingInterval,
        Duration writeTimeout) {}
