package io.clauderoutes.stream;

/** A sink did not take an answer. It is nobody's fault upstream: no breaker counts it, and nothing is called again for it. */
public final class SinkFailed extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** The sink's own failure is the cause; {@code sink} is its configured name. */
    public SinkFailed(String sink, Throwable cause) {
        super("sink " + sink + " did not take the answer: see claude.sinks." + sink + ".uri", cause);
    }

    /** The failure of {@code sink} that {@code cause} tells, wrapped only if it is not one already. */
    public static SinkFailed of(String sink, Throwable cause) {
        return cause instanceof SinkFailed already ? already : new SinkFailed(sink, cause);
    }
}
