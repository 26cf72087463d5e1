package io.clauderoutes.fanout;

import io.clauderoutes.Reply;
import io.clauderoutes.request.SinkFailed;
import java.util.Map;

/** One answer on its way into one sink. */
interface Delivery {

    /** A piece of text has come. It waits no longer than the sink may be behind. */
    void chunk(String text);

    /** What happened to a call of a tool, as JSON. */
    void tool(byte[] event);

    /** The answer is whole. */
    void whole(Reply reply, Map<String, Object> headers);

    /** There is no answer, and nothing of one was handed over: the sink is not to hear of it. */
    void forgotten();

    /** The answer broke off. */
    void broken(String reason);

    /**
     * Waits until the sink has everything, but no longer than it may be behind.
     *
     * @throws SinkFailed if it did not take it and that counts
     */
    void await();
}
