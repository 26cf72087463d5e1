package io.clauderoutes.agent;

/** A call of a tool that failed, with a message for the model. */
public final class ToolFailed extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ToolFailed(String message) {
        super(message);
    }

    public ToolFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
