package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.text.Printable;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.hc.core5.http.ClassicHttpResponse;

/**
 * The head of an endpoint's response.
 *
 * @param headers the API's own, by lower-case name; no other header passes
 * @param renewed whether the credential of the call was refused and has been renewed since
 * @param codings the value of {@code content-encoding}; empty text if there is none
 */
public record ResponseHead(int status, Map<String, String> headers, boolean renewed, String codings) {

    private static final int UNAUTHORIZED = 401;

    private static ResponseHead of(int status, Map<String, String> wire) {
        boolean renewed = wire.remove(CallHooks.RENEWED) != null;
        String codings = Optional.ofNullable(wire.remove("content-encoding")).orElse("");
        return new ResponseHead(status, wire, renewed, codings);
    }

    static ResponseHead of(ClassicHttpResponse response) {
        Map<String, String> wire = new HashMap<>();
        response.headerIterator().forEachRemaining(header -> {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (WireHeaders.comesIn(name)) {
                wire.put(name, header.getValue());
            }
        });
        return of(response.getCode(), wire);
    }

    /** The head in the headers of a message, which are removed from it. */
    static ResponseHead takenFrom(Message message) {
        int status = message.getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        Map<String, String> wire = new HashMap<>();
        message.getHeaders().entrySet().removeIf(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (WireHeaders.comesIn(name)) {
                wire.put(name, String.valueOf(header.getValue()));
                return true;
            }
            return name.startsWith("camelhttp");
        });
        return of(status, wire);
    }

    /** Whether the response is a success, and not an error or a redirect. */
    public boolean isGood() {
        return status >= 200 && status < 300;
    }

    /** Whether the endpoint refused the credential. */
    public boolean isUnauthorized() {
        return status == UNAUTHORIZED;
    }

    /**
     * The body without its content coding.
     *
     * @throws ClaudeException.Unavailable if the coding is not known
     */
    InputStream decoded(InputStream wire, String endpoint) {
        try {
            return ContentDecoding.decoded(wire, codings);
        } catch (ContentDecoding.Unknown unknown) {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "encoding_unknown",
                    "endpoint " + endpoint + " sent a response with an unknown content-encoding: "
                            + Printable.of(codings)));
        }
    }
}
