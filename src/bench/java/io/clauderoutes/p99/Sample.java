package io.clauderoutes.p99;

/**
 * One request, in microseconds from the time at which it was to be sent. {@link #NEVER} for what did not come.
 *
 * @param client who sent it
 * @param firstText first text of the reply that was delivered whole
 * @param verified first text of it that is known to be right
 * @param complete the whole reply
 * @param age of a request that was under way when the measurement ended; NEVER for others
 */
record Sample(int client, long firstText, long verified, long complete, long age) {

    static final long NEVER = Long.MAX_VALUE;

    static Sample failed(int client) {
        return new Sample(client, NEVER, NEVER, NEVER, NEVER);
    }

    static Sample unfinished(int client, long age) {
        return new Sample(client, NEVER, NEVER, NEVER, age);
    }

    boolean isUnfinished() {
        return age != NEVER;
    }

    boolean isFailed() {
        return complete == NEVER && !isUnfinished();
    }
}
