package io.clauderoutes.agent.mcp;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.agent.AgentTool;
import io.clauderoutes.agent.ToolCatalog;
import io.clauderoutes.settings.McpServerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tools of all MCP servers of the settings. A server is connected when a prompt names it first, and again after a failure. */
public final class McpTools implements ToolCatalog.RemoteTools, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(McpTools.class);
    private static final int UNAVAILABLE = 503;

    private final Map<String, McpServer> servers = new TreeMap<>();

    /** @param made makes the server of a name and its settings */
    public McpTools(
            Map<String, McpServerSettings> settings, Function<Map.Entry<String, McpServerSettings>, McpServer> made) {
        settings.entrySet().forEach(entry -> servers.put(entry.getKey(), made.apply(entry)));
    }

    @Override
    public Collection<AgentTool> select(String selection) {
        int slash = selection.indexOf('/');
        String name = slash < 0 ? selection : selection.substring(0, slash);
        Optional<Pattern> wanted = slash < 0 ? Optional.empty() : Optional.of(pattern(selection.substring(slash + 1)));
        McpServer server = servers.get(name);
        if (server == null) {
            throw ToolCatalog.noServer(name);
        }
        Collection<McpTool> tools;
        try {
            tools = server.tools();
        } catch (McpFailure failure) {
            if (server.isRequired()) {
                throw new ClaudeException.Unavailable(
                        ApiError.ours(UNAVAILABLE, "api_error", failure.getMessage()), failure);
            }
            LOG.warn("{}: the request goes on without its tools", failure.getMessage());
            return List.of();
        }
        List<AgentTool> selected = new ArrayList<>();
        for (McpTool tool : tools) {
            if (wanted.isEmpty() || wanted.get().matcher(tool.remoteName()).matches()) {
                selected.add(tool);
            }
        }
        return selected;
    }

    private static Pattern pattern(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    @Override
    public Set<String> servers() {
        return servers.keySet();
    }

    /** The state of each server, as details of the health check. */
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        servers.forEach((name, server) -> details.put("mcp." + name, server.state()));
        return details;
    }

    @Override
    public void close() {
        servers.values().forEach(McpServer::close);
    }
}
