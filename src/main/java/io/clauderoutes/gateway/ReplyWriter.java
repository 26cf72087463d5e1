package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.request.ClientStream;
import io.clauderoutes.request.Request;
import org.apache.camel.Exchange;

/** Writes the reply to one request of a client of the gateway, as an event stream or whole. */
interface ReplyWriter {

    /** Exchange property with the writer of its reply. */
    String PROPERTY = "claudeClientResponse";

    /** The writer of the reply to an exchange. */
    static ReplyWriter of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, ReplyWriter.class);
    }

    /** Makes this the writer of the reply to an exchange. */
    default void putOn(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    /** Where the events of the reply go. */
    ClientStream stream();

    /** The request that the reply belongs to. */
    void to(Request request);

    /** The reply is complete. The response has ended when this returns. */
    void answer(Reply reply);

    /** There is no reply, or only a part of one. The response has ended when this returns. */
    void fail(ClaudeException failure);
}
