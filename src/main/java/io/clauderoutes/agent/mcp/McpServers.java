package io.clauderoutes.agent.mcp;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.settings.McpServerSettings;
import java.util.Map;

/** Makes the tools of MCP servers. It is used only where the settings have servers, because it needs the library. */
public final class McpServers {

    private McpServers() {}

    /**
     * The tools of servers, which are not connected yet.
     *
     * @param maxResultBytes how long the result of a tool may be
     */
    public static McpTools of(Map<String, McpServerSettings> servers, int maxResultBytes, BundleRuntime runtime) {
        McpServer.Connector connector =
                SdkConnection.connector(maxResultBytes, runtime.threads().perTask("claude-mcp"));
        return new McpTools(servers, entry -> new McpServer(entry.getKey(), entry.getValue(), connector, runtime));
    }
}
