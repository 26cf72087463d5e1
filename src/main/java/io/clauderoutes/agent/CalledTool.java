package io.clauderoutes.agent;

import io.clauderoutes.message.ToolCall;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** One call of a tool, from its start to its result. A failure is a result too, which the model gets. */
final class CalledTool {

    /** The outcome of a call; the word in lower case is the tag of the meter. */
    enum Outcome {
        OK,
        ERROR,
        TIMEOUT,
        INVALID,
        UNKNOWN
    }

    private final ToolCall call;
    private final AgentTool tool;
    private final ToolInvocation invocation;
    private final Duration timeout;
    private final LongSupplier ticker;
    private volatile long startedNanos;
    private volatile long endedNanos;
    private volatile Outcome outcome = Outcome.ERROR;
    private volatile ToolResult result;

    /**
     * A call.
     *
     * @param tool null if there is no such tool
     * @param otherwise the timeout of a tool that has none of its own
     */
    CalledTool(ToolCall call, AgentTool tool, ToolInvocation invocation, Duration otherwise, LongSupplier ticker) {
        this.call = call;
        this.tool = tool;
        this.invocation = invocation;
        this.timeout = tool == null ? otherwise : tool.timeout().orElse(otherwise);
        this.ticker = ticker;
    }

    ToolCall call() {
        return call;
    }

    ToolInvocation invocation() {
        return invocation;
    }

    /** The name as meters show it: the model can make up any name. */
    String meteredName() {
        return tool == null ? "unknown" : call.name();
    }

    /** Calls the tool. */
    void run() {
        startedNanos = ticker.getAsLong();
        if (tool == null) {
            end(Outcome.UNKNOWN, "There is no tool " + call.name() + ".");
            return;
        }
        try {
            ToolResult given = tool.call(invocation);
            end(given.error() ? Outcome.ERROR : Outcome.OK, given);
        } catch (InvalidInput invalid) {
            end(Outcome.INVALID, invalid.getMessage());
        } catch (TimeoutException slow) {
            timedOut();
        } catch (Exception failure) {
            end(Outcome.ERROR, FailureText.of(call.name(), failure));
        }
    }

    /** How much of the time of the call is left, in nanoseconds. */
    long leftNanos() {
        return timeout.toNanos() - (ticker.getAsLong() - startedNanos);
    }

    void starts() {
        startedNanos = ticker.getAsLong();
    }

    /** The tool took too long. What it gives later is not used. */
    void timedOut() {
        end(Outcome.TIMEOUT, "The tool " + call.name() + " did not answer within " + timeout.toMillis() + " ms.");
    }

    /** The thread of the call ends: a call without a result has failed. */
    void threadEnds() {
        end(Outcome.ERROR, "The tool " + call.name() + " failed.");
    }

    private void end(Outcome what, String message) {
        end(what, new ToolResult(ToolResult.of(message).content(), true));
    }

    private synchronized void end(Outcome what, ToolResult given) {
        if (result == null) {
            outcome = what;
            endedNanos = ticker.getAsLong();
            result = given;
        }
    }

    /** What the call has given; null before its end. */
    ToolResult result() {
        return result;
    }

    Outcome outcome() {
        return outcome;
    }

    Duration took() {
        return Duration.ofNanos(endedNanos - startedNanos);
    }
}
