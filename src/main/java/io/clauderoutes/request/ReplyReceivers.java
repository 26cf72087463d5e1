package io.clauderoutes.request;

import io.clauderoutes.Reply;
import io.clauderoutes.message.StreamEvent;
import java.util.Map;
import org.apache.camel.Message;

/** Who gets a reply while it arrives: the requester's stream, and each sink. The fan-out makes them; they stay over all rounds. */
public interface ReplyReceivers {

    /** Whether there is a sink. */
    boolean haveSinks();

    /** Hands on an event. It waits for slow receivers within bounds. */
    void event(StreamEvent event);

    /** Hands on what happened to a call of a tool, to those who want to know. */
    void tool(ToolEvent event);

    /**
     * The reply is whole. When this returns, each sink has it, or has failed.
     *
     * @param facts headers of the result
     * @throws SinkFailed if a sink did not take it and that counts
     */
    void whole(Reply reply, Message message, Map<String, Object> facts);

    /** The reply broke off, or never began. */
    void broken(String reason);
}
