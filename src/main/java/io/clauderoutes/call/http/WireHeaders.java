package io.clauderoutes.call.http;

import java.util.Locale;
import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;

/** Which headers of a response come in: the API's own. No header of a message leaves; a call has headers of its own. */
public final class WireHeaders implements HeaderFilterStrategy {

    private static final String PREFIX = "anthropic-";
    public static final String VERSION = "anthropic-version";

    @Override
    public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
        return true;
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
        return !comesIn(name.toLowerCase(Locale.ROOT));
    }

    public static boolean comesIn(String name) {
        return (name.startsWith(PREFIX) && !name.equals(VERSION) && !name.equals("anthropic-beta"))
                || name.equals("request-id")
                || name.equals("retry-after")
                || name.equals("retry-after-ms")
                || name.equals("traceresponse")
                || name.equals("x-should-retry")
                || name.equals("content-type")
                || name.equals("content-encoding")
                || name.equals(CallHooks.RENEWED);
    }
}
