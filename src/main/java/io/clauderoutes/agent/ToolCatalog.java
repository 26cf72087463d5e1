package io.clauderoutes.agent;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The tools that there are now: each route of a tool while it runs, and the tools of MCP servers. */
public final class ToolCatalog {

    private static final String ALL = "*";
    private static final String TAG = "tag:";
    private static final String MCP = "mcp:";
    private static final int MOST_SHOWN = 20;
    private static final int BAD_REQUEST = 400;

    private final Map<String, AgentTool> routes = new ConcurrentHashMap<>();
    private final RemoteTools remote;

    /** Tools of other processes. */
    public interface RemoteTools {

        /** No tools. */
        RemoteTools NONE = new RemoteTools() {
            @Override
            public Collection<AgentTool> select(String selection) {
                throw noServer(selection);
            }

            @Override
            public Set<String> servers() {
                return Set.of();
            }
        };

        /**
         * The tools of a server.
         *
         * @param selection the server, and perhaps a slash and a name in which {@code *} stands for any letters
         * @throws ClaudeException if there is no such server, or its tools are not known
         */
        Collection<AgentTool> select(String selection);

        /** The names of the servers. */
        Set<String> servers();
    }

    /** The failure of a prompt that names an MCP server that there is not. */
    public static ClaudeException noServer(String name) {
        return rejected("there is no MCP server " + name + ": set claude.mcp." + name + ".url or .command");
    }

    /** @param remote the tools of MCP servers */
    public ToolCatalog(RemoteTools remote) {
        this.remote = remote;
    }

    /**
     * Adds the tool of a route that starts.
     *
     * @throws IllegalStateException if there is a tool of this name
     */
    public void add(AgentTool tool) {
        if (routes.putIfAbsent(tool.spec().name(), tool) != null) {
            throw new IllegalStateException("there are two tools " + tool.spec().name()
                    + " in this context: give one route of claude-tool: another name");
        }
    }

    /** Removes the tool of a route that stops. */
    public void remove(AgentTool tool) {
        routes.remove(tool.spec().name(), tool);
    }

    /** The tools of routes, by name. */
    public Map<String, AgentTool> ofRoutes() {
        return new TreeMap<>(routes);
    }

    /**
     * The tools that a prompt names, in the order in which it does.
     *
     * @param names of tools, tags and servers
     * @param own names of tools that the request defines itself: it keeps them
     * @throws ClaudeException.Rejected if there is no tool of a name or tag
     */
    Map<String, AgentTool> select(List<String> names, Set<String> own) {
        Map<String, AgentTool> selected = new LinkedHashMap<>();
        for (String name : names) {
            for (AgentTool tool : named(name)) {
                if (!own.contains(tool.spec().name())) {
                    selected.put(tool.spec().name(), tool);
                }
            }
        }
        return selected;
    }

    /** The tools of some names, without those that there are not now. */
    public Map<String, AgentTool> offered(List<String> names) {
        Map<String, AgentTool> offered = new LinkedHashMap<>();
        for (String name : names) {
            try {
                named(name).forEach(tool -> offered.put(tool.spec().name(), tool));
            } catch (ClaudeException.Rejected absent) {
                // a tool whose route does not run now
            }
        }
        return offered;
    }

    private Collection<AgentTool> named(String name) {
        if (name.startsWith(MCP)) {
            return remote.select(name.substring(MCP.length()));
        }
        Map<String, AgentTool> all = ofRoutes();
        if (name.equals(ALL)) {
            return all.values();
        }
        if (name.startsWith(TAG)) {
            String tag = name.substring(TAG.length());
            List<AgentTool> tagged = all.values().stream()
                    .filter(tool -> tool.tags().contains(tag))
                    .toList();
            if (tagged.isEmpty()) {
                throw rejected(
                        "there is no tool with the tag " + tag + ". Add tags=" + tag + " to a route of claude-tool:");
            }
            return tagged;
        }
        AgentTool tool = all.get(name);
        if (tool == null) {
            throw rejected("there is no tool " + name + ". " + known(all.keySet()));
        }
        return List.of(tool);
    }

    private String known(Collection<String> names) {
        List<String> shown = new ArrayList<>(names.stream().limit(MOST_SHOWN).toList());
        remote.servers().forEach(server -> shown.add(MCP + server));
        return shown.isEmpty()
                ? "No route of claude-tool: runs"
                : "The tools are: " + String.join(", ", shown) + (names.size() > MOST_SHOWN ? " ..." : "");
    }

    private static ClaudeException rejected(String sentence) {
        return new ClaudeException.Rejected(ApiError.ours(BAD_REQUEST, "invalid_request_error", sentence));
    }
}
