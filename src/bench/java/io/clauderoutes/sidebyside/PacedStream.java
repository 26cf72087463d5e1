package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/** A stream that is sent delta by delta, with the same time between any two. */
final class PacedStream implements Delayed {

    /** The events before the first delta are sent with it. */
    private static final int BEFORE_SECOND_DELTA = 3;

    private static final int AFTER_LAST_DELTA = BEFORE_SECOND_DELTA + FixedReplies.DELTAS - 1;

    private final UpstreamCall call;
    private final FixedReplies replies;
    private final long spacingNanos;
    private int next;
    private long dueAt;

    PacedStream(UpstreamCall call, FixedReplies replies) {
        this.call = call;
        this.replies = replies;
        this.spacingNanos = TimeUnit.MILLISECONDS.toNanos(call.spacingMillis());
        this.dueAt = System.nanoTime();
    }

    /** Sends the next delta; false when it was the last one. */
    boolean send() throws IOException {
        do {
            call.send(replies.event(next++));
        } while (next < BEFORE_SECOND_DELTA || next >= AFTER_LAST_DELTA && next < replies.events());
        dueAt += spacingNanos;
        return next < replies.events();
    }

    void close() {
        call.close();
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(dueAt - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        return Long.compare(dueAt - ((PacedStream) other).dueAt, 0);
    }
}
