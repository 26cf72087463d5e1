package io.clauderoutes.agent.mcp;

/** An MCP server cannot be reached, or does not do what it is asked. The message names the server and its setting. */
final class McpFailure extends Exception {

    private static final long serialVersionUID = 1;

    McpFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
