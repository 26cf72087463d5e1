package io.clauderoutes.message;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a prompt uses the tools of the bundle.
 *
 * @param names of tools, {@code tag:} with a tag, or {@code mcp:} with a server; none where the prompt uses no tools of the bundle
 * @param maxRounds calls of the model that the request may make; empty leaves it to the settings
 * @param events whether the requester and its sinks get an event for each call of a tool
 */
public record ToolUse(List<String> names, OptionalInt maxRounds, boolean events) {

    /** No tools of the bundle. */
    public static final ToolUse NONE = new ToolUse(List.of(), OptionalInt.empty(), false);

    public ToolUse {
        names = List.copyOf(names);
    }

    /** These tools, with the settings of the bundle. */
    public static ToolUse of(List<String> names) {
        return names.isEmpty() ? NONE : new ToolUse(names, OptionalInt.empty(), false);
    }
}
