package io.clauderoutes.call.endpoint;

import java.time.Duration;

/**
 * Whether an endpoint takes calls, and why not.
 *
 * @param why the reason for the ejection, for an operator; empty in the other states
 * @param sinceNanos when the state began
 * @param untilNanos the end of the slow start, or the earliest end of the ejection
 * @param hold how long the last ejection was at least, so that the next can be longer
 */
public record EndpointState(Kind kind, String why, long sinceNanos, long untilNanos, Duration hold) {

    private static final double FIRST_SHARE = 0.1;

    public enum Kind {
        AVAILABLE(0),
        SLOW_START(1),
        EJECTED(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The value of the meter {@code claude.endpoint.state}. */
        public int code() {
            return code;
        }
    }

    public boolean isEjected() {
        return kind == Kind.EJECTED;
    }

    /** The share of its calls that the endpoint takes: from a tenth to all of them during the slow start. */
    double share(long nowNanos) {
        return switch (kind) {
            case AVAILABLE -> 1;
            case EJECTED -> 0;
            case SLOW_START -> {
                double passed = (double) (nowNanos - sinceNanos) / Math.max(1, untilNanos - sinceNanos);
                yield Math.min(1, FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, passed));
            }
        };
    }

    /** The state as a text, with the seconds that are left. */
    public String tell(long nowNanos) {
        long seconds = Math.max(0, Duration.ofNanos(untilNanos - nowNanos).toSeconds());
        return switch (kind) {
            case AVAILABLE -> "available";
            case SLOW_START ->
                "slow start: " + Math.round(share(nowNanos) * 100) + " % of its calls, all of them in " + seconds
                        + " s";
            case EJECTED ->
                "ejected: " + why + (seconds > 0 ? "; for at least " + seconds + " s" : "; until its probes succeed");
        };
    }
}
