package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.request.ClientStream;
import io.clauderoutes.request.Request;

/** Writes the reply to one request of {@code POST /v1/messages}, as an event stream or whole. */
interface ReplyWriter {

    /** Where the events of the reply go. */
    ClientStream stream();

    /** The request that the reply belongs to. */
    void to(Request request);

    /** The reply is complete. The response has ended when this returns. */
    void answer(Reply reply);

    /** There is no reply, or only a part of one. The response has ended when this returns. */
    void fail(ClaudeException failure);
}
