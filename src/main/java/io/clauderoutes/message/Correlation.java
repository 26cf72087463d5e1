package io.clauderoutes.message;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The two headers that name a request across systems: {@code x-request-id} and {@code traceparent} (W3C Trace Context). */
public final class Correlation {

    /** Header with an id that a client, a proxy or the gateway has given a request. */
    public static final String REQUEST_ID = "x-request-id";

    /** Header with the trace and the span that a request belongs to. */
    public static final String TRACE_PARENT = "traceparent";

    private static final int BEGIN_OF_TRACE = 3;
    private static final int END_OF_TRACE = 35;
    private static final Pattern ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Pattern TRACE =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private Correlation() {}

    /** Whether a header is one of the two, whatever the case of its name. */
    public static boolean isName(String header) {
        return header.equalsIgnoreCase(REQUEST_ID) || header.equalsIgnoreCase(TRACE_PARENT);
    }

    /** The value of one of the two headers if it is valid: an invalid one is treated as absent. */
    public static Optional<String> valid(String header, String value) {
        Pattern form = header.toLowerCase(Locale.ROOT).equals(TRACE_PARENT) ? TRACE : ID;
        return Optional.ofNullable(value).filter(text -> form.matcher(text).matches());
    }

    /** The id of the trace that headers name; empty text if they name none. */
    public static String traceId(Map<String, String> headers) {
        String parent = headers.getOrDefault(TRACE_PARENT, "");
        return parent.isEmpty() ? "" : parent.substring(BEGIN_OF_TRACE, END_OF_TRACE);
    }

    /** Those of the two that are among headers, as fields of a log line. */
    public static Map<String, String> in(Map<String, String> headers) {
        Map<String, String> fields = new TreeMap<>();
        put(fields, "requestId", headers.get(REQUEST_ID));
        put(fields, TRACE_PARENT, headers.get(TRACE_PARENT));
        return fields;
    }

    private static void put(Map<String, String> fields, String name, String value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
