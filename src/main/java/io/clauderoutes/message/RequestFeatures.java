package io.clauderoutes.message;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a request uses besides text, as far as limits and the cache ask for it.
 *
 * @param models every model that it names: a field that stands twice has two
 * @param maxTokens the largest {@code max_tokens} that it names, however it is written; 0 where it names none
 * @param thinkingBudget {@code thinking.budget_tokens}, in tokens; empty where the request names none
 * @param tools whether the client runs tools
 * @param serverTools types of the tools that the API runs, such as {@code code_execution_20250825}
 * @param mcpServers whether it names MCP servers
 * @param container whether it names a container
 * @param files whether it refers to files of the Files API
 */
public record RequestFeatures(
        List<String> models,
        long maxTokens,
        OptionalLong thinkingBudget,
        boolean tools,
        List<String> serverTools,
        boolean mcpServers,
        boolean container,
        boolean files) {

    /** Tools of the API that only read. */
    private static final List<String> READING = List.of("web_search", "web_fetch", "tool_search");

    public RequestFeatures {
        models = List.copyOf(models);
        serverTools = List.copyOf(serverTools);
    }

    /** Whether the request may have an effect outside the reply each time that it is sent. */
    public boolean hasSideEffects() {
        return mcpServers
                || container
                || serverTools.stream().anyMatch(type -> READING.stream().noneMatch(type::startsWith));
    }

    /** Whether it uses tools of any kind. */
    public boolean usesTools() {
        return tools || !serverTools.isEmpty() || mcpServers || container;
    }
}
