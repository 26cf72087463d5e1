package io.clauderoutes.agent.mcp;

import io.clauderoutes.agent.AgentTool;
import io.clauderoutes.agent.ToolFailed;
import io.clauderoutes.agent.ToolInvocation;
import io.clauderoutes.agent.ToolResult;
import io.clauderoutes.message.ToolSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A tool of an MCP server. Its name for the model begins with that of the server, so that names of two servers differ. */
final class McpTool implements AgentTool {

    private final McpServer server;
    private final String remoteName;
    private final ToolSpec spec;

    McpTool(McpServer server, String remoteName, ToolSpec spec) {
        this.server = server;
        this.remoteName = remoteName;
        this.spec = spec;
    }

    /** The name that the server knows. */
    String remoteName() {
        return remoteName;
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public Set<String> tags() {
        return Set.of();
    }

    @Override
    public Optional<Duration> timeout() {
        return Optional.of(server.timeout());
    }

    @Override
    public ToolResult call(ToolInvocation invocation) {
        try {
            return server.call(remoteName, invocation.input());
        } catch (McpFailure failure) {
            throw new ToolFailed("The tool " + spec.name() + " failed: its MCP server cannot be reached.", failure);
        }
    }
}
