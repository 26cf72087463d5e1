package io.clauderoutes.request;

import io.clauderoutes.text.Printable;

/** A sink did not take a reply. It is no failure of the endpoint: no breaker counts it, and nothing is called again for it. */
public final class SinkFailed extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int MOST_CAUSES = 20;
    private static final int LONGEST_REASON = 300;

    private final String reason;

    /** The sink's own failure is the cause; {@code sink} is its configured name, or its URI without secrets. */
    public SinkFailed(String sink, Throwable cause) {
        super("sink " + sink + " did not take the reply" + setting(sink) + ": " + reason(cause), cause);
        this.reason = reason(cause);
    }

    private static String setting(String sink) {
        return sink.indexOf(':') < 0 ? " (claude.sinks." + sink + ".uri)" : "";
    }

    /** The failure of {@code sink} that {@code cause} tells, wrapped only if it is not one already. */
    public static SinkFailed of(String sink, Throwable cause) {
        return cause instanceof SinkFailed already ? already : new SinkFailed(sink, cause);
    }

    /** Why the sink did not take it, on one line. */
    public String reason() {
        return reason;
    }

    /** The first cause. Messages of failed conversions hold the value, which may be a reply, so the message names only their type. */
    private static String reason(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause.getCause() != null && depth < MOST_CAUSES; depth++) {
            cause = cause.getCause();
        }
        String type = cause.getClass().getSimpleName();
        String message = cause.getMessage();
        if (message == null || type.contains("Conversion") || type.contains("Payload")) {
            return type;
        }
        String line = type + ": " + Printable.line(message);
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
    }
}
