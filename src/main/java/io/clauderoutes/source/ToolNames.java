package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.ToolUse;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The tools that a prompt may name. Those of an option of a route or of a setting are trusted. Those of a header can come from data of a
 * message, so the settings decide. Whether a tool exists is known only when the prompt is sent.
 */
public final class ToolNames {

    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9_-]{1,128}|\\*|tag:[^,:*\\s]+|mcp:[A-Za-z0-9_-]+(/[A-Za-z0-9_.*-]+)?");
    private static final int MOST_ROUNDS = 1000;

    private final List<Pattern> fromHeaders;
    private final boolean batch;

    /**
     * Tools by name, tag and MCP server.
     *
     * @param fromHeaders {@code claude.agent.header-tools}
     * @param batch whether the prompts wait for a batch, where no tool can be called
     */
    public ToolNames(List<Pattern> fromHeaders, boolean batch) {
        this.fromHeaders = List.copyOf(fromHeaders);
        this.batch = batch;
    }

    /**
     * The tools of a prompt.
     *
     * @param trusted those that an option of a route or a setting names
     */
    ToolUse of(HeaderOptions headers, Collection<String> trusted) {
        List<String> names = headers.list(ClaudeHeaders.TOOLS);
        if (names.isEmpty()) {
            return ToolUse.NONE;
        }
        if (batch) {
            throw HeaderOptions.rejected(
                    ClaudeHeaders.TOOLS,
                    "a prompt of a batch cannot call tools of the bundle. Send it to direct:claude");
        }
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw HeaderOptions.rejected(
                        ClaudeHeaders.TOOLS, "expected names of tools, * for all of them, tag:name or mcp:server");
            }
            if (!trusted.contains(name)
                    && fromHeaders.stream()
                            .noneMatch(pattern -> pattern.matcher(name).matches())) {
                throw HeaderOptions.rejected(
                        ClaudeHeaders.TOOLS,
                        "a tool that claude.agent.header-tools does not allow. Add a pattern for it, or name the tool"
                                + " in the option tools");
            }
        }
        return new ToolUse(
                names,
                headers.count(ClaudeHeaders.MAX_ROUNDS, MOST_ROUNDS)
                        .map(OptionalInt::of)
                        .orElse(OptionalInt.empty()),
                headers.flag(ClaudeHeaders.TOOL_EVENTS).orElse(false));
    }
}
