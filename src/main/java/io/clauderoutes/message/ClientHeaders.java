package io.clauderoutes.message;

import java.util.List;

/** Headers of a client's request that go on to the endpoint. Credentials are not among them. */
public final class ClientHeaders {

    private static final List<String> PREFIXES = List.of("anthropic-", "x-stainless-", "x-claude-code-");
    private static final List<String> NAMES = List.of("user-agent", "x-app");

    private ClientHeaders() {}

    /** Whether a header goes on, whatever the case of its name. */
    public static boolean isForwarded(String name) {
        for (String prefix : PREFIXES) {
            if (name.regionMatches(true, 0, prefix, 0, prefix.length())) {
                return true;
            }
        }
        return NAMES.stream().anyMatch(name::equalsIgnoreCase);
    }
}
