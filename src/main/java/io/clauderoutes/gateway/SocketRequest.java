package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.ClientMessage;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Reading;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Exchange;

/**
 * A request that came over a WebSocket, on its way to the stages.
 *
 * @param headers of the message, and those of the handshake that it does not have
 */
record SocketRequest(Client client, ClientMessage.Send sent, MultiMap headers, Outcome outcome) {

    private static final String OURS = "x-claude-routes-";

    /** Exchange property with the request. */
    private static final String PROPERTY = "claudeSocketRequest";

    /** What becomes of a request. Any thread calls it. */
    interface Outcome {

        /** Its reply arrives. */
        void reply(RetainedReply reply, Reading reading);

        /** It gets no reply. */
        void refused(ClaudeException failure);

        /** There may be more to read. */
        void available();

        /** The work on the request has ended; its body is no longer needed. */
        void ended();
    }

    /** The headers of a request: those of its message, and those of the handshake that concern each request. */
    static MultiMap headers(HttpServerRequest handshake, Map<String, String> message) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (Map.Entry<String, String> header : handshake.headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(OURS) || ClientHeaders.isForwarded(name)) {
                headers.add(name, header.getValue());
            }
        }
        message.forEach(headers::set);
        return headers;
    }

    void putOn(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    static SocketRequest of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, SocketRequest.class);
    }
}
