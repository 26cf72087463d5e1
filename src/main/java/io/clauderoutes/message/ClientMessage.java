package io.clauderoutes.message;

import io.clauderoutes.Frame;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A message that a client sends over a WebSocket ({@code claude-routes.v1}). Each request has an id that the client chose: 1 to 64
 * letters, digits and {@code . _ : -}.
 */
public sealed interface ClientMessage {

    /**
     * Sends a request of the Messages API.
     *
     * @param body JSON of the request, byte for byte as it came
     * @param headers that an HTTP request could have, by lower-case name
     * @param credit how many events the client takes; empty if it does not count
     */
    record Send(String id, Frame body, Map<String, String> headers, OptionalLong credit) implements ClientMessage {}

    /**
     * Continues a reply.
     *
     * @param stream id of the reply
     * @param after number of the last event that the client has; 0 for none
     * @param credit how many events the client takes; empty if it does not count
     */
    record Resume(String id, String stream, long after, OptionalLong credit) implements ClientMessage {}

    /** Ends the call of a request. */
    record Cancel(String id) implements ClientMessage {}

    /** Lets the server send so many events more for a request. */
    record Credit(String id, long events) implements ClientMessage {}

    /**
     * Asks for a sign of life.
     *
     * @param id comes back with it; empty text for none
     */
    record Ping(String id) implements ClientMessage {}

    /**
     * A message that cannot be read.
     *
     * @param id of the request that it is for; empty text if it names none
     * @param problem what is wrong; it quotes no content
     */
    record Invalid(String id, String problem) implements ClientMessage {}
}
