package io.clauderoutes.bundle;

import io.clauderoutes.settings.SettingsSource;
import io.clauderoutes.text.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The difference between the settings in effect and those of the files: what takes effect while the bundle runs, and what needs a
 * restart.
 */
public final class SettingsChange {

    /** Settings that take effect while the bundle runs; {@code *} is any name, {@code **} is anything. */
    public static final List<String> LIVE = List.of(
            "claude.throttle.**",
            "claude.cache.templates",
            "claude.templates.**",
            "claude.endpoints.*.priority",
            "claude.endpoints.*.weight",
            "claude.endpoints.*.requests-per-minute",
            "claude.endpoints.*.input-tokens-per-minute",
            "claude.endpoints.*.output-tokens-per-minute",
            "claude.endpoints.*.concurrency",
            "claude.call.concurrency",
            "claude.call.concurrency-min-calls",
            "claude.call.concurrency-max-calls",
            "claude.redact.**",
            "claude.gateway.keys.**",
            "claude.gateway.models.**",
            "claude.gateway.cache",
            "claude.gateway.tools",
            "claude.gateway.resume.enabled",
            "claude.gateway.websocket.requests",
            "claude.resume.window",
            "claude.resume.keep",
            "claude.resume.max-reply-bytes",
            "claude.resume.max-bytes",
            "claude.resume.on-lost",
            "claude.gateway.mcp.tools",
            "claude.gateway.hosts",
            "claude.gateway.open-paths",
            "claude.gateway.certificate",
            "claude.gateway.private-key",
            "claude.ledger.prices",
            "claude.budgets.**",
            "claude.limits.**",
            "claude.checks.**",
            "claude.source.checks",
            "claude.gateway.checks",
            "claude.log.level",
            "claude.log.levels.**");

    private static final Pattern PATTERNS = Pattern.compile(LIVE.stream()
            .map(pattern -> pattern.replace(".", "\\.")
                    .replace("**", "\0")
                    .replace("*", "[^.]+")
                    .replace("\0", ".+"))
            .collect(Collectors.joining("|")));
    private static final Pattern SECRET = Pattern.compile(".*[.-](key|password|token|secret)");
    private static final Pattern OF_ENDPOINT = Pattern.compile("claude\\.endpoints\\.([^.]+)\\..*");
    private static final Set<String> TLS = Set.of("claude.gateway.certificate", "claude.gateway.private-key");
    private static final int LONGEST_SHOWN = 80;

    private final Map<String, String> before;
    private final Map<String, String> next;
    private final Set<String> live;
    private final Set<String> restart;

    private SettingsChange(
            Map<String, String> before, Map<String, String> next, Set<String> live, Set<String> restart) {
        this.before = before;
        this.next = next;
        this.live = live;
        this.restart = restart;
    }

    /**
     * Compares.
     *
     * @param running settings in effect
     * @param others properties that are not the bundle's, as they were at the start
     * @param endpoints names of those that were opened at the start
     */
    static SettingsChange between(
            Map<String, String> running,
            Map<String, String> others,
            SettingsSource.Values fresh,
            Set<String> endpoints) {
        Map<String, String> next = new TreeMap<>(running);
        Set<String> live = new TreeSet<>();
        Set<String> restart = new TreeSet<>();
        for (String key : differences(running, fresh.ours())) {
            if (isLive(key, endpoints) && !switchesTls(key, running, fresh.ours())) {
                live.add(key);
                if (fresh.ours().containsKey(key)) {
                    next.put(key, fresh.ours().get(key));
                } else {
                    next.remove(key);
                }
            } else {
                restart.add(key);
            }
        }
        restart.addAll(differences(others, fresh.others()));
        return new SettingsChange(running, next, live, restart);
    }

    private static Set<String> differences(Map<String, String> one, Map<String, String> other) {
        Set<String> keys = new TreeSet<>(one.keySet());
        keys.addAll(other.keySet());
        keys.removeIf(key -> Objects.equals(one.get(key), other.get(key)));
        return keys;
    }

    private static boolean isLive(String key, Set<String> endpoints) {
        var endpoint = OF_ENDPOINT.matcher(key);
        boolean isOpen = !endpoint.matches() || endpoint.group(1).equals("*") || endpoints.contains(endpoint.group(1));
        return isOpen && PATTERNS.matcher(key).matches();
    }

    /** Whether a setting takes effect while the bundle runs. */
    static boolean isLive(String key) {
        return PATTERNS.matcher(key).matches();
    }

    /** Whether a server that speaks TLS has to speak plain HTTP or the reverse. */
    private static boolean switchesTls(String key, Map<String, String> one, Map<String, String> other) {
        return TLS.contains(key)
                && (one.getOrDefault(key, "").isBlank()
                        || other.getOrDefault(key, "").isBlank());
    }

    /** The settings in effect with the changes that need no restart. */
    Map<String, String> next() {
        return next;
    }

    /** Keys that differ and need a restart. */
    Set<String> restart() {
        return restart;
    }

    /** Each key that takes effect, with its old and its new value. */
    List<String> told() {
        List<String> told = new ArrayList<>();
        live.forEach(key -> told.add(key + " " + shown(key, before.get(key)) + " -> " + shown(key, next.get(key))));
        return told;
    }

    private static String shown(String key, String value) {
        if (value == null || value.isEmpty()) {
            return "(empty)";
        }
        if (SECRET.matcher(key).matches()) {
            return "(secret)";
        }
        String printable = Printable.of(value);
        return printable.length() > LONGEST_SHOWN ? printable.substring(0, LONGEST_SHOWN) + "…" : printable;
    }
}
