package io.clauderoutes.gateway;

import java.util.List;

/**
 * Paths that need no key, such as {@code /webhooks/*}. A path matches as it is written in the request: one with an escape or a dot
 * segment matches no entry.
 */
public final class OpenPaths {

    private final List<String> entries;

    /** @param entries whole paths, or beginnings of paths that end with {@code /*} */
    public OpenPaths(List<String> entries) {
        this.entries = List.copyOf(entries);
    }

    boolean contains(String path) {
        if (path == null || path.contains("%") || path.contains("/.") || path.contains("//") || path.contains("\\")) {
            return false;
        }
        return entries.stream().anyMatch(entry -> matches(entry, path));
    }

    private static boolean matches(String entry, String path) {
        return entry.endsWith("/*") ? path.startsWith(entry.substring(0, entry.length() - 1)) : path.equals(entry);
    }
}
