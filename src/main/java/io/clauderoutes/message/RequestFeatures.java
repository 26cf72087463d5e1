package io.clauderoutes.message;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a request uses besides text, as far as limits and the cache ask for it.
 *
 * @param models every model that it names: a field that stands twice has two
 * @param maxTokens the largest {@code max_tokens} that it names, however it is written; 0 where it names none
 * @param thinkingBudget {@code thinking.budget_tokens}, in tokens; empty where the request names none
 * @param container whether it names a container
 * @param files whether it refers to files of the Files API
 */
public record RequestFeatures(
        List<String> models,
        long maxTokens,
        OptionalLong thinkingBudget,
        Tools tools,
        boolean container,
        boolean files) {
    /**
     * Tools of a request, by the side that runs them.
     *
     * @param client whether the client runs tools
     * @param server types of the tools that the API runs, such as {@code code_execution_20250825}
     * @param mcpServers whether it names MCP servers
     */
    public record Tools(boolean client, List<String> server, boolean mcpServers) {
        public Tools {
            server = List.copyOf(server);
        }
    }

    /** Tools of the API that only read. */
    private static final List<String> READING = List.of("web_search", "web_fetch", "tool_search");

    public RequestFeatures {
        models = List.copyOf(models);
    }

    /** Whether the request may have an effect outside the reply each time that it is sent. */
    public boolean hasSideEffects() {
        return tools.mcpServers()
                || container
                || tools.server().stream().anyMatch(type -> READING.stream().noneMatch(type::startsWith));
    }

    /** Whether it uses tools of any kind. */
    public boolean usesTools() {
        return tools.client() || !tools.server().isEmpty() || tools.mcpServers() || container;
    }
}
