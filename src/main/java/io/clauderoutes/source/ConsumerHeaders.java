package io.clauderoutes.source;

import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * The headers of a message as its consumer made them, for the consumer alone: after the route it deletes or moves by them what it has read. Its
 * own step comes after this one, because the last one added is the first.
 */
final class ConsumerHeaders extends SynchronizationAdapter {

    private final Map<String, Object> headers;

    private ConsumerHeaders(Map<String, Object> headers) {
        this.headers = headers;
    }

    /** Keeps the headers. A requester that waits for the reply must not get them back. */
    static void keep(Exchange exchange) {
        if (!exchange.getPattern().isOutCapable()) {
            exchange.getExchangeExtension()
                    .addOnCompletion(new ConsumerHeaders(
                            new HashMap<>(exchange.getMessage().getHeaders())));
        }
    }

    @Override
    public void onDone(Exchange exchange) {
        exchange.getIn().getHeaders().putAll(headers);
    }
}
