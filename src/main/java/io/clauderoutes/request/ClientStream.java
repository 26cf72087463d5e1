package io.clauderoutes.request;

import io.clauderoutes.message.StreamEvent;

/** A gateway client that reads a reply while it arrives: one more receiver of the fan-out, which never delays the others for long. */
public interface ClientStream {

    /** Sends one event, and waits for a slow reader within bounds. No effect after the client has disconnected. */
    void event(StreamEvent event);

    /** Sends what happened to a call of a tool, as JSON. A reader of texts alone ignores it. */
    default void tool(byte[] event) {
        // only the reply is read
    }

    /** Whether the client has disconnected, or was disconnected because it reads too slowly. */
    boolean isGone();
}
