package io.clauderoutes.agent;

import io.clauderoutes.message.ToolSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A tool that the model can call. Any number of threads call it. */
public interface AgentTool {

    /** Name, description and input schema of the tool, for the model. */
    ToolSpec spec();

    /** The words by which prompts select the tool beside its name. */
    Set<String> tags();

    /** How long a call may take; empty leaves it to the settings. */
    Optional<Duration> timeout();

    /**
     * Calls the tool with an input that fits its schema.
     *
     * @throws ToolFailed if the call failed; the model gets its message unchanged
     * @throws Exception if the call failed
     */
    ToolResult call(ToolInvocation invocation) throws Exception;
}
