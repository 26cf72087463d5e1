package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The sinks that a prompt may name: those of the settings, and URIs. The URI of an option of a route is trusted. That of a header can come
 * from data of a message, so the settings decide.
 */
public final class SinkNames {

    /** No parameters, no placeholders, no way out of a folder. */
    private static final String ANY = "[^?&#{}%]*";

    private final Set<String> names;
    private final List<Pattern> uris;

    /**
     * Sinks by name and by URI.
     *
     * @param names of {@code claude.sinks}
     * @param uris {@code claude.fan-out.dynamic-sinks}, where {@code *} stands for any characters but parameters
     */
    public SinkNames(Set<String> names, Collection<String> uris) {
        this.names = Set.copyOf(names);
        this.uris = uris.stream()
                .map(pattern -> Pattern.compile(Arrays.stream(pattern.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(ANY))))
                .toList();
    }

    /**
     * The sinks of a prompt.
     *
     * @param trusted those that an option of a route names
     */
    List<String> of(HeaderOptions headers, Collection<String> trusted) {
        List<String> sinks = headers.list(ClaudeHeaders.SINKS);
        for (String sink : sinks) {
            if (!names.contains(sink) && !(isUri(sink) && (trusted.contains(sink) || isAllowed(sink)))) {
                throw HeaderOptions.rejected(
                        ClaudeHeaders.SINKS,
                        isUri(sink)
                                ? "a URI that claude.fan-out.dynamic-sinks does not allow. Add a pattern for it, or name a sink of"
                                        + " claude.sinks"
                                : "expected names of claude.sinks, of which there are " + names);
            }
        }
        return sinks;
    }

    static boolean isUri(String sink) {
        return sink.indexOf(':') > 0;
    }

    private boolean isAllowed(String uri) {
        return !uri.contains("..")
                && uris.stream().anyMatch(pattern -> pattern.matcher(uri).matches());
    }
}
