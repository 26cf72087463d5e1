package io.clauderoutes.resume;

import io.clauderoutes.Frame;

/**
 * One event of a retained reply.
 *
 * @param name as in the line {@code event:} of an event stream
 * @param data its JSON
 */
public record RetainedEvent(String name, Frame data) {

    /** What an event occupies beside its data, roughly. */
    private static final int OVERHEAD_BYTES = 64;

    long bytes() {
        return OVERHEAD_BYTES + (long) data.length();
    }
}
