package io.clauderoutes.agent;

import io.clauderoutes.message.ToolCall;
import io.clauderoutes.message.ToolOutput;

/** Calls a tool outside of a request to the model, by the same rules. */
@FunctionalInterface
public interface ToolCalls {

    /**
     * Calls a tool, and waits for its result. A failure is a result too.
     *
     * @param tenant whose call it is
     */
    ToolOutput call(ToolCall call, AgentTool tool, String tenant);
}
