package io.clauderoutes.agent;

import io.clauderoutes.message.ToolSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a route says of its tool.
 *
 * @param schema of the input
 * @param tags by which prompts select the tool beside its name
 * @param timeout of a call; empty leaves it to the settings
 */
public record ToolOptions(ToolSpec spec, ToolSchema schema, Set<String> tags, Optional<Duration> timeout) {

    public ToolOptions {
        tags = Set.copyOf(tags);
    }
}
