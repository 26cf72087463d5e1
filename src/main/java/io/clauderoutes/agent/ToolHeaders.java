package io.clauderoutes.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The headers by which a route of a tool gets its input. The model writes the values, so only declared parameters become headers, and
 * none whose name means something to Camel or to a protocol.
 */
final class ToolHeaders {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final List<String> PREFIXES =
            List.of("camel", "jms", "kafka", "org.apache", "breadcrumb", "ce-", "x-");
    private static final Set<String> PROTOCOL = Set.of(
            "accept",
            "authorization",
            "connection",
            "content-length",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "proxy-authorization",
            "set-cookie",
            "te",
            "transfer-encoding",
            "upgrade");

    private ToolHeaders() {}

    /** Whether a name means something to Camel or to a protocol. */
    static boolean isReserved(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return PREFIXES.stream().anyMatch(lower::startsWith) || PROTOCOL.contains(lower);
    }

    /**
     * The headers of an input.
     *
     * @param input as Java values
     */
    static Map<String, Object> of(ObjectNode schema, Map<String, Object> input) {
        Map<String, Object> headers = new HashMap<>();
        schema.path("properties").fieldNames().forEachRemaining(name -> {
            Object value = input.get(name);
            if (value != null && NAME.matcher(name).matches() && !isReserved(name)) {
                headers.put(name, value);
            }
        });
        return headers;
    }
}
