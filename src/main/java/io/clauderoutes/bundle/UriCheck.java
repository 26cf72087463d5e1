package io.clauderoutes.bundle;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.NamedSourceSettings;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.source.Acknowledgement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ResolveEndpointFailedException;

/** Resolves the Camel URIs of the settings, so that a wrong one is found at the start and not with the first paid reply. */
final class UriCheck {

    private static final Pattern UNKNOWN_OPTIONS = Pattern.compile("Unknown parameters=\\[\\{(.*)}]", Pattern.DOTALL);

    private final CamelContext context;
    private final List<String> mistakes = new ArrayList<>();

    private UriCheck(CamelContext context) {
        this.context = context;
    }

    /**
     * Checks the URIs of sources, sinks, dead letters and the ledger's export.
     *
     * @throws SettingsException with all URIs that cannot be resolved
     */
    static void check(CamelContext context, ClaudeSettings settings) {
        UriCheck check = new UriCheck(context);
        settings.prompts().sources().forEach(check::source);
        settings.delivery().sinks().forEach((name, sink) -> {
            check.uri("claude.sinks." + name + ".uri", sink.uri());
            sink.failure().deadLetter().ifPresent(uri -> check.uri("claude.sinks." + name + ".dead-letter", uri));
        });
        settings.upstream().batch().retry().deadLetter().ifPresent(uri -> check.uri("claude.batch.dead-letter", uri));
        settings.operation().ledger().export().ifPresent(uri -> check.uri("claude.ledger.export.uri", uri));
        if (!check.mistakes.isEmpty()) {
            throw new SettingsException(check.mistakes.stream().sorted().toList());
        }
    }

    private void source(String name, NamedSourceSettings source) {
        uri("claude.sources." + name + ".uri", source.uri());
        Acknowledgement.trouble(source)
                .ifPresent(trouble -> mistakes.add("claude.sources." + name + ".uri: " + trouble));
        source.intake().deadLetter().ifPresent(uri -> uri("claude.sources." + name + ".dead-letter", uri));
    }

    /** Values of options may be secrets, so only their names are reported. */
    private void uri(String key, String uri) {
        try {
            context.getEndpoint(uri);
        } catch (RuntimeException failure) {
            mistakes.add(key + ": " + reason(failure, uri));
        }
    }

    private String reason(RuntimeException failure, String uri) {
        String scheme = uri.contains(":") ? uri.substring(0, uri.indexOf(':')) : uri;
        String told = told(failure);
        if (context.getComponent(scheme) == null) {
            return "there is no Camel component " + scheme
                    + ": correct the name before the colon, or add the component's jar";
        }
        Matcher unknown = UNKNOWN_OPTIONS.matcher(told);
        if (unknown.find()) {
            String names = Stream.of(unknown.group(1).split(", "))
                    .map(option -> option.split("=", 2)[0])
                    .collect(Collectors.joining(", "));
            return "the component " + scheme + " has no option " + names;
        }
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return "this URI of the component " + scheme + " cannot be used ("
                + cause.getClass().getSimpleName() + ")";
    }

    private static String told(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ResolveEndpointFailedException && cause.getMessage() != null) {
                return cause.getMessage();
            }
        }
        return String.valueOf(failure.getMessage());
    }
}
