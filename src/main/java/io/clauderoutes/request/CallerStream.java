package io.clauderoutes.request;

import io.clauderoutes.message.StreamEvent;

/** A caller who reads a reply while it comes. It is one more receiver of the fan-out, and never harms the others. */
public interface CallerStream {

    /** Hands one event on, waiting for a slow reader within bounds. No effect once the caller is gone. */
    void event(StreamEvent event);

    /** Another flight has taken the place of the one that the caller has read so far. */
    default void follow(Flight other) {}

    /** Whether the caller has left, or reads too slowly to be waited for. */
    boolean isGone();
}
