package io.clauderoutes.p99;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One way of calling, with a measure switched on or off.
 *
 * @param name in the tables and in the file of results
 * @param front what is between the clients and the endpoints
 * @param endpoints that the bundle has
 * @param properties of the bundle besides those that all have
 * @param checked whether the bundle sends only verified text
 */
record Variant(
        String name,
        Front front,
        ClientKind client,
        Spread endpoints,
        Map<String, String> properties,
        boolean checked) {

    /** What is between the clients and the endpoints. */
    enum Front {
        NONE,
        NGINX,
        PORTKEY,
        BUNDLE
    }

    /** Slots of the endpoints. */
    enum Spread {
        /** One endpoint with ten slots. */
        ONE,
        /** Two endpoints with ten slots each. */
        TWO,
        /** Two endpoints with five slots each. */
        HALVES
    }

    /** A check that costs little: no match of a pattern, and not too long. */
    private static final Map<String, String> CHECK = Map.of(
            "claude.checks.safe.forbidden-pattern", "(?i)confidential",
            "claude.checks.short.max-length", "100000",
            "claude.gateway.checks", "safe,short");

    private static final Map<String, String> CACHE = Map.of("claude.gateway.cache", "use");
    private static final Map<String, String> HEDGING =
            Map.of("claude.call.hedge-after", "auto", "claude.call.hedge-budget-percent", "10");
    private static final Map<String, String> AUTO = Map.of("claude.split.strategy", "auto");
    private static final Map<String, String> WHOLE = Map.of("claude.split.strategy", "whole");
    /** For connections that break often. */
    private static final Map<String, String> RETRIES =
            Map.of("claude.call.max-attempts", "6", "claude.call.retry-budget-percent", "100");

    static final Variant PLAIN = direct("plain client", ClientKind.plain());
    static final Variant IMPROVED = direct("improved client", ClientKind.improved());
    static final Variant KEEP_ALIVE = direct("keep-alive", ClientKind.keptAlive());
    static final Variant NGINX = proxy("nginx", Front.NGINX);
    static final Variant PORTKEY = proxy("Portkey", Front.PORTKEY);
    static final Variant DEFAULTS = bundle("bundle, defaults", Spread.ONE, false);
    static final Variant CACHED = bundle("cache and coalescing", Spread.ONE, false, CACHE);
    static final Variant COALESCING =
            bundle("coalescing", Spread.ONE, false, CACHE, Map.of("claude.cache.time-to-live", "1ms"));
    static final Variant SECOND = bundle("second endpoint", Spread.TWO, false);
    static final Variant HALVES = bundle("second endpoint, 2 × 5 slots", Spread.HALVES, false);
    static final Variant HEDGED = bundle("second endpoint and hedging", Spread.TWO, false, HEDGING);
    static final Variant AUTOMATIC = bundle("auto", Spread.ONE, false, AUTO);
    static final Variant EVERYTHING =
            bundle("bundle, everything", Spread.TWO, true, CHECK, CACHE, HEDGING, AUTO, RETRIES);
    static final Variant EVERYTHING_WHOLE =
            bundle("bundle, everything, `strategy=whole`", Spread.TWO, true, CHECK, CACHE, HEDGING, RETRIES, WHOLE);

    private static Variant direct(String name, ClientKind client) {
        return new Variant(name, Front.NONE, client, Spread.ONE, Map.of(), false);
    }

    private static Variant proxy(String name, Front front) {
        return new Variant(name, front, ClientKind.streaming(), Spread.ONE, Map.of(), false);
    }

    @SafeVarargs
    private static Variant bundle(String name, Spread endpoints, boolean checked, Map<String, String>... settings) {
        Map<String, String> all = new LinkedHashMap<>();
        List.of(settings).forEach(all::putAll);
        return new Variant(name, Front.BUNDLE, ClientKind.streaming(), endpoints, all, checked);
    }

    boolean hasProcess() {
        return front != Front.NONE;
    }

    /** The file {@code application.properties} of the bundle. */
    List<String> file(List<Integer> endpointPorts) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < endpointPorts.size(); i++) {
            String name = i == 0 ? "primary" : "spare";
            lines.add("claude.endpoints." + name + ".url = http://127.0.0.1:" + endpointPorts.get(i));
        }
        SCALED.forEach((key, value) -> lines.add(key + " = " + value));
        properties.forEach((key, value) -> lines.add(key + " = " + value));
        return lines;
    }

    /** The defaults of the settings that are times, divided like all times. */
    private static final Map<String, String> SCALED = scaled(
            "claude.throttle.wait = 3s",
            "claude.cache.time-to-live = 6s",
            "claude.call.first-delay = 50ms",
            "claude.call.max-delay = 800ms",
            "claude.call.retry-after-max = 3s",
            "claude.call.deadline = 1m",
            "claude.endpoints.*.first-token-timeout = 6s",
            "claude.endpoints.*.idle-timeout = 9s",
            "claude.endpoints.*.breaker-open = 1s",
            "claude.endpoints.*.breaker-half-open = 3s",
            "claude.endpoints.*.out-after-silence = 50ms",
            "claude.endpoints.*.hold = 3s",
            "claude.endpoints.*.hold-max = 1m",
            "claude.endpoints.*.slow-start = 3s",
            "claude.endpoints.*.probe-interval = 3s",
            "claude.endpoints.*.probe-interval-out = 500ms",
            "claude.split.short-reply = 80ms",
            "claude.batch.wait = 6s",
            "claude.batch.poll-interval = 3s",
            "claude.batch.poll-interval-max = 30s");

    private static Map<String, String> scaled(String... settings) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String setting : settings) {
            String[] parts = setting.split(" = ");
            all.put(parts[0], parts[1]);
        }
        return all;
    }
}
