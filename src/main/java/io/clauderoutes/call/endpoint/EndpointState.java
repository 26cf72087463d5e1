package io.clauderoutes.call.endpoint;

import java.time.Duration;

/**
 * Whether an endpoint takes calls, and why not.
 *
 * @param why the reason it is out, in words for an operator; empty otherwise
 * @param sinceNanos when it came into this state
 * @param untilNanos the end of the slow start, or of the hold: out it may stay longer
 * @param hold how long the hold was, so that the next can be longer
 */
public record EndpointState(Kind kind, String why, long sinceNanos, long untilNanos, Duration hold) {

    private static final double FIRST_SHARE = 0.1;

    public enum Kind {
        IN(0),
        SLOW_START(1),
        OUT(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The value of the meter {@code claude.endpoint.state}. */
        public int code() {
            return code;
        }
    }

    public boolean isOut() {
        return kind == Kind.OUT;
    }

    /** Share of its calls that it takes: from a tenth to all while it starts slowly. */
    double share(long nowNanos) {
        return switch (kind) {
            case IN -> 1;
            case OUT -> 0;
            case SLOW_START -> {
                double passed = (double) (nowNanos - sinceNanos) / Math.max(1, untilNanos - sinceNanos);
                yield Math.min(1, FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, passed));
            }
        };
    }

    /** In words, with the seconds that are left. */
    public String tell(long nowNanos) {
        long seconds = Math.max(0, Duration.ofNanos(untilNanos - nowNanos).toSeconds());
        return switch (kind) {
            case IN -> "in";
            case SLOW_START ->
                "slow start: " + Math.round(share(nowNanos) * 100) + " % of its calls, all in " + seconds + " s";
            case OUT -> "out: " + why + (seconds > 0 ? "; for " + seconds + " s at least" : "; until probes are good");
        };
    }
}
