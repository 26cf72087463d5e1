package io.clauderoutes;

import io.clauderoutes.SettingsReader.Section;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All {@code claude.*} settings as one value. What each means, with its unit and default, stands in {@code
 * application.properties}; a default stands nowhere else.
 */
public record ClaudeSettings(
        Routes routes,
        Source source,
        Map<String, NamedSource> sources,
        Throttle throttle,
        Cache cache,
        Call call,
        Map<String, Endpoint> endpoints,
        Map<String, Credential> credentials,
        Split split,
        Redact redact,
        FanOut fanOut,
        Map<String, Sink> sinks,
        Gateway gateway,
        Simulator simulator) {

    private static final Duration NONE = Duration.ZERO;
    private static final Duration SOME = Duration.ofMillis(1);
    private static final int MANY = 1_000_000;
    private static final long MEMORY = 64L * 1024 * 1024 * 1024;

    /** Where an endpoint is unless somebody changes it. */
    public static final URI PACKAGED_URL = URI.create("https://api.anthropic.com");

    public record Routes(Path folder, boolean reload, Path data) {}

    public record Source(
            String model, long maxTokens, String system, boolean stream, int maxBytes, List<String> headers) {}

    public record NamedSource(
            String uri,
            int workers,
            List<String> sinks,
            Optional<String> deadLetter,
            Format format,
            String prompt,
            boolean idempotent,
            String model,
            long maxTokens,
            String system,
            String tenant,
            Optional<Strategy> strategy,
            CacheUse cache) {}

    /** What a message of a source is. */
    public enum Format {
        AUTO,
        TEXT,
        JSON
    }

    public record Throttle(
            int inFlight, Duration maxWait, double rate, long capacity, Cost cost, Map<String, Limit> tenants) {}

    /** How many tokens of the bucket a request takes. */
    public enum Cost {
        ONE,
        INPUT
    }

    public record Limit(int inFlight, double rate, long capacity) {}

    public record Cache(boolean enabled, Duration timeToLive, long maxBytes, Optional<Path> templates) {}

    public record Call(
            int maxAttempts,
            Duration firstDelay,
            Duration maxDelay,
            Duration retryAfterMax,
            int retryBudgetPercent,
            Duration deadline) {}

    public record Endpoint(
            URI url,
            Dialect dialect,
            String apiVersion,
            String credential,
            int connections,
            Duration keepAlive,
            Duration connectTimeout,
            Duration firstTokenTimeout,
            Duration idleTimeout,
            Duration totalTimeout,
            Quota quota,
            Breaker breaker) {

        Endpoint at(URI other) {
            return new Endpoint(
                    other,
                    dialect,
                    apiVersion,
                    credential,
                    connections,
                    keepAlive,
                    connectTimeout,
                    firstTokenTimeout,
                    idleTimeout,
                    totalTimeout,
                    quota,
                    breaker);
        }
    }

    /** The language of an endpoint. */
    public enum Dialect {
        MESSAGES,
        PROMPT
    }

    /** Per minute; 0 is no limit. */
    public record Quota(long requests, long inputTokens, long outputTokens) {}

    public record Breaker(int failurePercent, int window, int minCalls, Duration open, int trialCalls) {}

    /** How we show an endpoint who we are. The key is not in {@link #toString()}. */
    public record Credential(String kind, String key, boolean bearer) {
        @Override
        public String toString() {
            return "Credential[kind=" + kind + ", key=" + (key.isEmpty() ? "none" : "set") + "]";
        }
    }

    public record Split(Strategy strategy, int maxEventBytes, int maxReplyBytes) {}

    public record Redact(
            boolean enabled,
            boolean prompts,
            boolean dropThinking,
            Map<String, Kind> kinds,
            Map<String, PatternKind> patterns) {}

    public record Kind(boolean enabled, boolean validated, String replacement) {}

    public record PatternKind(String pattern, String replacement, int maxLength) {}

    public record FanOut(List<String> sinks, Duration sinkTimeout, boolean stopsWithCaller) {}

    public record Sink(
            String uri,
            boolean chunks,
            boolean json,
            int buffer,
            int attempts,
            Duration retryDelay,
            OnFailure onFailure,
            Optional<String> deadLetter) {}

    /** What it means that a sink did not take an answer. */
    public enum OnFailure {
        FAIL,
        DEAD_LETTER,
        IGNORE
    }

    public record Gateway(Map<String, CallerKey> keys, Duration pingInterval, Duration writeTimeout) {}

    /** A key that callers of the HTTP door show, and whose tenant they are with it. The key is not in {@link #toString()}. */
    public record CallerKey(String key, String tenant) {
        @Override
        public String toString() {
            return "CallerKey[tenant=" + tenant + "]";
        }
    }

    public record Simulator(
            int port, Duration latency, Duration latencyP99, double tokensPerSecond, Map<String, Double> faults) {}

    /**
     * Reads {@code claude.*} properties.
     *
     * @throws SettingsException with one line for each key that is unknown or whose value cannot be
     */
    public static ClaudeSettings of(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        ClaudeSettings settings = read(reader);
        settings.checkNames(reader);
        reader.finish();
        return settings;
    }

    ClaudeSettings with(Map<String, Endpoint> otherEndpoints, Map<String, Credential> otherCredentials) {
        return new ClaudeSettings(
                routes,
                source,
                sources,
                throttle,
                cache,
                call,
                otherEndpoints,
                otherCredentials,
                split,
                redact,
                fanOut,
                sinks,
                gateway,
                simulator);
    }

    /** The settings that there are, with {@code *} where a name stands. */
    static Set<String> keys() {
        SettingsReader reader = new SettingsReader(Map.of());
        read(reader);
        return reader.known();
    }

    private static ClaudeSettings read(SettingsReader reader) {
        return new ClaudeSettings(
                routes(reader.section("claude")),
                source(reader.section("claude.source")),
                withoutEmptyUri(reader.named("claude.sources", ClaudeSettings::namedSource), NamedSource::uri),
                throttle(reader),
                cache(reader.section("claude.cache")),
                call(reader.section("claude.call")),
                reader.named("claude.endpoints", ClaudeSettings::endpoint),
                reader.named("claude.credentials", ClaudeSettings::credential),
                split(reader.section("claude.split")),
                redact(reader),
                fanOut(reader.section("claude.fan-out")),
                withoutEmptyUri(reader.named("claude.sinks", ClaudeSettings::sink), Sink::uri),
                gateway(reader),
                simulator(reader.section("claude.simulator")));
    }

    /** An empty URI takes a source or sink of the packaged settings away. */
    private static <T> Map<String, T> withoutEmptyUri(Map<String, T> named, Function<T, String> uri) {
        Map<String, T> used = new LinkedHashMap<>(named);
        used.values().removeIf(one -> uri.apply(one).isEmpty());
        return Map.copyOf(used);
    }

    private static Routes routes(Section section) {
        return new Routes(
                Path.of(section.text("routes")),
                section.flag("routes-reload.enabled"),
                Path.of(section.required("data", "a folder")));
    }

    private static Source source(Section section) {
        return new Source(
                section.required("model", "a model id such as claude-sonnet-5-5"),
                section.number("max-tokens", 1, MANY),
                section.text("system"),
                section.flag("stream.enabled"),
                section.count("max-bytes", 1, Integer.MAX_VALUE - 8),
                section.list("headers"));
    }

    private static NamedSource namedSource(Section section) {
        mustHaveUri(section);
        return new NamedSource(
                section.text("uri"),
                section.count("workers", 0, 10_000),
                section.list("sinks"),
                optional(section.text("dead-letter")),
                enumOf(Format.class, section.word("format", "auto", "text", "json")),
                section.text("prompt"),
                section.flag("idempotent.enabled"),
                section.text("model"),
                section.number("max-tokens", 0, MANY),
                section.text("system"),
                section.required("tenant", "the name of a tenant"),
                section.text("strategy").isEmpty() ? Optional.empty() : Optional.of(strategy(section)),
                enumOf(CacheUse.class, section.word("cache", "use", "refresh", "bypass")));
    }

    private static Strategy strategy(Section section) {
        if (section.text("strategy").equals("auto")) {
            section.mistaken("strategy", "auto is not available yet: expected stream or whole");
            return Strategy.STREAM;
        }
        return enumOf(Strategy.class, section.word("strategy", "stream", "whole"));
    }

    private static Throttle throttle(SettingsReader reader) {
        Section section = reader.section("claude.throttle");
        return new Throttle(
                section.count("in-flight", 1, MANY),
                section.duration("wait", NONE),
                section.decimal("rate", MANY),
                section.number("capacity", 1, Integer.MAX_VALUE),
                enumOf(Cost.class, section.word("cost", "one", "input")),
                reader.named(
                        "claude.throttle.tenants",
                        tenant -> new Limit(
                                tenant.count("in-flight", 0, MANY),
                                tenant.decimal("rate", MANY),
                                tenant.number("capacity", 1, Integer.MAX_VALUE))));
    }

    private static Cache cache(Section section) {
        return new Cache(
                section.flag("enabled"),
                section.duration("time-to-live", SOME),
                section.number("max-bytes", 0, MEMORY),
                optional(section.text("templates")).map(Path::of));
    }

    private static Call call(Section section) {
        return new Call(
                section.count("max-attempts", 1, 100),
                section.duration("first-delay", NONE),
                section.duration("max-delay", NONE),
                section.duration("retry-after-max", NONE),
                section.count("retry-budget-percent", 0, 100),
                section.duration("deadline", SOME));
    }

    private static Endpoint endpoint(Section section) {
        return new Endpoint(
                section.url("url"),
                enumOf(Dialect.class, section.word("dialect", "messages", "prompt")),
                section.required("api-version", "a version of the API such as 2023-06-01"),
                section.required("credential", "a name of claude.credentials"),
                section.count("connections", 1, 100_000),
                section.duration("keep-alive", NONE),
                section.duration("connect-timeout", SOME),
                section.duration("first-token-timeout", SOME),
                section.duration("idle-timeout", SOME),
                section.duration("total-timeout", SOME),
                new Quota(
                        section.number("requests-per-minute", 0, Integer.MAX_VALUE),
                        section.number("input-tokens-per-minute", 0, Integer.MAX_VALUE),
                        section.number("output-tokens-per-minute", 0, Integer.MAX_VALUE)),
                new Breaker(
                        section.count("breaker-failure-percent", 1, 100),
                        section.count("breaker-window", 1, MANY),
                        section.count("breaker-min-calls", 1, MANY),
                        section.duration("breaker-open", SOME),
                        section.count("breaker-trial-calls", 1, MANY)));
    }

    private static Credential credential(Section section) {
        String key = section.text("key");
        if (key.chars().anyMatch(c -> c <= ' ' || c >= 127 || c == '"' || c == '\'')) {
            section.mistakenSecret(
                    "key",
                    "the key holds a space, a quote or a letter beyond ASCII: was it pasted with something around it?");
        }
        return new Credential(
                section.word("kind", "api-key"),
                section.text("key"),
                section.word("header", "x-api-key", "bearer").equals("bearer"));
    }

    private static Split split(Section section) {
        return new Split(
                strategy(section),
                section.count("max-event-bytes", 1024, Integer.MAX_VALUE - 8),
                section.count("max-reply-bytes", 1024, Integer.MAX_VALUE - 8));
    }

    private static Redact redact(SettingsReader reader) {
        Section section = reader.section("claude.redact");
        Map<String, Kind> kinds = new LinkedHashMap<>();
        for (String kind : List.of("card", "ssn", "iban", "email", "phone", "key")) {
            boolean lenient = kind.equals("card") || kind.equals("ssn");
            kinds.put(
                    kind,
                    new Kind(
                            section.flag(kind + ".enabled"),
                            !lenient || section.flag(kind + ".validated"),
                            section.text(kind + ".replacement")));
        }
        return new Redact(
                section.flag("enabled"),
                section.flag("prompts.enabled"),
                section.word("thinking", "pass", "drop").equals("drop"),
                Map.copyOf(kinds),
                reader.named(
                        "claude.redact.patterns",
                        pattern -> new PatternKind(
                                pattern.required("pattern", "a pattern in RE2 syntax"),
                                pattern.text("replacement"),
                                pattern.count("max-length", 1, 10_000))));
    }

    private static FanOut fanOut(Section section) {
        return new FanOut(
                section.list("sinks"),
                section.duration("sink-timeout", SOME),
                section.word("on-caller-gone", "read-on", "stop").equals("stop"));
    }

    private static void mustHaveUri(Section section) {
        if (!section.isSet("uri")) {
            section.mistaken("uri", "expected a Camel URI (or nothing, to switch it off)");
        }
    }

    private static Sink sink(Section section) {
        mustHaveUri(section);
        return new Sink(
                section.text("uri"),
                section.flag("chunks"),
                section.word("format", "text", "json").equals("json"),
                section.count("buffer", 1, MANY),
                section.count("attempts", 1, 100),
                section.duration("retry-delay", NONE),
                enumOf(OnFailure.class, section.word("on-failure", "fail", "dead-letter", "ignore")),
                optional(section.text("dead-letter")));
    }

    private static Gateway gateway(SettingsReader reader) {
        Section section = reader.section("claude.gateway");
        return new Gateway(
                reader.named(
                        "claude.gateway.keys",
                        key -> new CallerKey(
                                key.required("key", "the key that callers show"),
                                key.required("tenant", "the name of a tenant"))),
                section.duration("ping-interval", SOME),
                section.duration("write-timeout", SOME));
    }

    private static Simulator simulator(Section section) {
        return new Simulator(
                section.count("port", 0, 65_535),
                section.duration("latency", NONE),
                section.duration("latency-p99", NONE),
                section.decimal("tokens-per-second", MANY),
                section.shares("faults"));
    }

    /** Names that settings use for one another must exist. */
    private void checkNames(SettingsReader reader) {
        if (endpoints.isEmpty()) {
            reader.mistake("claude.endpoints.<name>.url is missing: expected at least one endpoint");
        }
        endpoints.forEach((name, endpoint) -> {
            if (!credentials.containsKey(endpoint.credential())) {
                reader.mistake("claude.endpoints." + name + ".credential=" + endpoint.credential()
                        + ": there is no claude.credentials." + endpoint.credential() + ".kind");
            }
        });
        checkSinks(reader, "claude.fan-out.sinks", fanOut.sinks());
        sources.forEach((name, source) -> checkSinks(reader, "claude.sources." + name + ".sinks", source.sinks()));
        sinks.forEach((name, sink) -> {
            if (sink.onFailure() == OnFailure.DEAD_LETTER && sink.deadLetter().isEmpty()) {
                reader.mistake("claude.sinks." + name + ".on-failure=dead-letter: claude.sinks." + name
                        + ".dead-letter is missing");
            }
        });
    }

    private void checkSinks(SettingsReader reader, String key, List<String> names) {
        for (String name : names) {
            if (!sinks.containsKey(name)) {
                reader.mistake(key + ": there is no sink " + name + " (claude.sinks." + name + ".uri is not set)");
            }
        }
    }

    private static Optional<String> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static <E extends Enum<E>> E enumOf(Class<E> type, String word) {
        return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
