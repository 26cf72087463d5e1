package io.clauderoutes.request;

import java.io.IOException;
import java.util.Map;

/** Keeps redacted replies that a sink did not take, until the sink takes them. */
@FunctionalInterface
public interface UndeliveredReplies {

    /**
     * Keeps one reply. When this returns, the reply is on the disk.
     *
     * @param sink configured name of the sink
     * @param body what the sink is to get
     * @param headers of the message that the sink is to get
     * @param reason why the sink did not take it
     * @throws IOException if the reply cannot be written
     */
    void keep(String sink, String body, Map<String, Object> headers, String reason) throws IOException;
}
