package io.clauderoutes.gateway;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.spi.HeaderFilterStrategy;

/**
 * Keeps what a request has brought out of its response. Camel makes headers of a message of the headers and the query of a request,
 * credentials included, and returns those that are left when the route ends, but for a list of well-known names.
 */
public final class ReceivedHeaders implements HeaderFilterStrategy {

    /** Exchange property: the values that the request has brought, by lower-case name. */
    private static final String RECEIVED = "claudeReceivedHeaders";

    private static final String OUR_PATHS = "/v1/";

    private final HeaderFilterStrategy others;

    private ReceivedHeaders(HeaderFilterStrategy others) {
        this.others = others;
    }

    /** Keeps them out of the responses of an endpoint of HTTP, unless its {@code returnHttpRequestHeaders} is true. */
    public static void filter(Endpoint endpoint) {
        // The gateway's own routes write their responses themselves.
        if (endpoint instanceof PlatformHttpEndpoint http
                && !http.isReturnHttpRequestHeaders()
                && !String.valueOf(http.getPath()).startsWith(OUR_PATHS)) {
            http.setHeaderFilterStrategy(new ReceivedHeaders(http.getHeaderFilterStrategy()));
        }
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
        if (others.applyFilterToExternalHeaders(name, value, exchange)) {
            return true;
        }
        received(exchange)
                .computeIfAbsent(name.toLowerCase(Locale.ROOT), added -> new HashSet<>())
                .add(String.valueOf(value));
        return false;
    }

    @Override
    public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
        return others.applyFilterToCamelHeaders(name, value, exchange)
                || received(exchange)
                        .getOrDefault(name.toLowerCase(Locale.ROOT), Set.of())
                        .contains(String.valueOf(value));
    }

    @SuppressWarnings("unchecked") // no other code uses the property
    private static Map<String, Set<String>> received(Exchange exchange) {
        Map<String, Set<String>> received = exchange.getProperty(RECEIVED, Map.class);
        if (received == null) {
            received = new HashMap<>();
            exchange.setProperty(RECEIVED, received);
        }
        return received;
    }
}
