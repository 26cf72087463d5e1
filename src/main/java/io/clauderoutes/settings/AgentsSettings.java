package io.clauderoutes.settings;

import java.util.Map;

/** Settings of tools, of histories and of checks of replies. */
public record AgentsSettings(
        AgentSettings agent,
        Map<String, McpServerSettings> mcp,
        OutputSettings output,
        Map<String, CheckSettings> checks,
        MemorySettings memory) {}
