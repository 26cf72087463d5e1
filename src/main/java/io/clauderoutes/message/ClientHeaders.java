package io.clauderoutes.message;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers of a client's request that go on to the endpoint. Credentials are not among them. */
public final class ClientHeaders {

    private static final String CLIENT_LIBRARY = "x-stainless-";
    private static final String[] PREFIXES = {"anthropic-", CLIENT_LIBRARY, "x-claude-code-"};
    private static final Set<String> NAMES = Set.of("user-agent", "x-app");

    private ClientHeaders() {}

    /**
     * The headers of a request that go on, by lower-case name. Headers that occur several times are joined by commas; an invalid
     * {@code x-request-id} or {@code traceparent} stays here.
     */
    public static Map<String, String> forwarded(Iterable<Map.Entry<String, String>> headers) {
        Map<String, String> forwarded = new HashMap<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (isForwarded(name)) {
                forwarded.merge(name, header.getValue(), (first, second) -> first + "," + second);
            } else if (Correlation.isName(name)) {
                Correlation.valid(name, header.getValue()).ifPresent(value -> forwarded.putIfAbsent(name, value));
            }
        }
        return forwarded;
    }

    /** Whether a header, by its lower-case name, tells who asks or which request it is, and nothing that could change the reply. */
    public static boolean isOnlyAboutClient(String name) {
        return Correlation.isName(name) || NAMES.contains(name) || name.startsWith(CLIENT_LIBRARY);
    }

    /** Whether a header, by its lower-case name, goes on; {@code x-request-id} and {@code traceparent} do so too if they are valid. */
    public static boolean isForwarded(String name) {
        for (String prefix : PREFIXES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return NAMES.contains(name);
    }
}
