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
import java.util.stream.Collectors;

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
        Batch batch,
        Map<String, Endpoint> endpoints,
        Map<String, Credential> credentials,
        Split split,
        Redact redact,
        FanOut fanOut,
        Map<String, Sink> sinks,
        Gateway gateway,
        Ledger ledger,
        Map<String, Budget> budgets,
        Simulator simulator) {

    private static final Duration NONE = Duration.ZERO;
    static final Duration SOME = Duration.ofMillis(1);
    private static final int MANY = 1_000_000;
    private static final int MOST_ENDPOINTS = 64;
    private static final int MOST_IN_BATCH = 100_000;
    private static final long MOST_BATCH_BYTES = 256_000_000;
    private static final long MEMORY = 64L * 1024 * 1024 * 1024;

    /** Where an endpoint is unless somebody changes it. */
    public static final URI PACKAGED_URL = URI.create("https://api.anthropic.com");

    public record Routes(Path folder, boolean reload, Path data) {}

    public record Source(
            String model, long maxTokens, String system, boolean stream, int maxBytes, List<String> headers) {

        /** The same where replies are never streams. */
        Source unstreamed() {
            return new Source(model, maxTokens, system, false, maxBytes, headers);
        }
    }

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
            CacheUse cache,
            boolean batch) {}

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

    /**
     * How calls are made.
     *
     * @param hedgeAfter how long a call may give no token before another is made beside it; zero for never
     */
    public record Call(
            int maxAttempts,
            Duration firstDelay,
            Duration maxDelay,
            Duration retryAfterMax,
            int retryBudgetPercent,
            Duration deadline,
            Duration hedgeAfter,
            int hedgeBudgetPercent,
            Order order,
            Duration stickiness,
            Duration dnsCache) {}

    /**
     * How prompts are gathered, sent together and answered.
     *
     * @param maxWait how long a prompt waits for others at most
     * @param uncertainWait how long a batch may still appear whose creation was not answered
     * @param workers answers that are handed on at the same time
     * @param attempts batches that a prompt is part of at most
     * @param again types of results after which a prompt is sent again
     * @param remembered how long answered prompts are
     */
    public record Batch(
            int size,
            long maxBytes,
            Duration maxWait,
            Duration pollInterval,
            Duration pollIntervalMax,
            Duration uncertainWait,
            int workers,
            int attempts,
            List<String> again,
            Optional<String> deadLetter,
            Duration remembered) {}

    /** By what the endpoint of a request is chosen among those that are in. */
    public enum Order {
        NEAREST,
        PRIORITY,
        WEIGHT
    }

    /**
     * One place that answers.
     *
     * @param priority the lower, the earlier
     * @param weight share of the calls where they are shared out
     */
    public record Endpoint(
            URI url,
            Dialect dialect,
            String apiVersion,
            String credential,
            int priority,
            int weight,
            Connection connection,
            Duration firstTokenTimeout,
            Duration idleTimeout,
            Duration totalTimeout,
            Quota quota,
            Breaker breaker,
            Health health) {

        /** The same for calls that cost nothing: on a connection of their own, and not for long. */
        public Endpoint probing() {
            Connection own = new Connection(
                    connection.version(),
                    1,
                    connection.keepAlive(),
                    connection.lifetime(),
                    shorter(connection.connectTimeout(), health.probe().timeout()),
                    connection.trusted());
            Duration timeout = health.probe().timeout();
            return new Endpoint(
                    url,
                    dialect,
                    apiVersion,
                    credential,
                    priority,
                    weight,
                    own,
                    timeout,
                    timeout,
                    timeout,
                    quota,
                    breaker,
                    health);
        }

        private static Duration shorter(Duration left, Duration right) {
            return left.compareTo(right) < 0 ? left : right;
        }

        Endpoint at(URI other) {
            return new Endpoint(
                    other,
                    dialect,
                    apiVersion,
                    credential,
                    priority,
                    weight,
                    connection,
                    firstTokenTimeout,
                    idleTimeout,
                    totalTimeout,
                    quota,
                    breaker,
                    health);
        }
    }

    /**
     * How an endpoint is reached.
     *
     * @param limit connections at most
     * @param lifetime how long one is used at most
     * @param trusted PEM file with the certificates that are trusted in place of the JVM's
     */
    public record Connection(
            HttpVersion version,
            int limit,
            Duration keepAlive,
            Duration lifetime,
            Duration connectTimeout,
            Optional<Path> trusted) {}

    /** The version of HTTP that an endpoint is called by. */
    public enum HttpVersion {
        HTTP_1_1,
        HTTP_2
    }

    /**
     * When an endpoint is out, and how it comes back in.
     *
     * @param failures so many in a row put it out
     * @param silence so long without a sign of life, at least, while calls wait
     * @param hold how long it stays out at least
     * @param slowStart how long its share grows once it is back
     * @param goodProbes so many in a row before it is back
     */
    public record Health(
            int failures,
            Duration silence,
            Duration hold,
            Duration holdMax,
            Duration slowStart,
            int goodProbes,
            Probe probe) {}

    /** A call that costs nothing; an empty path is none. */
    public record Probe(String path, Duration interval, Duration intervalOut, Duration timeout) {}

    /** The language of an endpoint. */
    public enum Dialect {
        MESSAGES,
        PROMPT
    }

    /** Per minute; 0 is no limit. */
    public record Quota(long requests, long inputTokens, long outputTokens) {}

    public record Breaker(int failurePercent, int window, int minCalls, Duration open, int trialCalls) {}

    /** How we show an endpoint who we are. Secrets are in no {@link #toString()}. */
    public sealed interface Credential {

        <R> R tell(Kinds<R> kinds);

        /** One method for each kind. */
        interface Kinds<R> {
            R apiKey(ApiKey credential);

            R jwt(Jwt credential);

            R clientCredentials(ClientCredentials credential);

            R federation(Federation credential);
        }

        record ApiKey(Secret key, boolean bearer) implements Credential {
            @Override
            public <R> R tell(Kinds<R> kinds) {
                return kinds.apiKey(this);
            }
        }

        /** Empty texts are claims that are not made. */
        record Jwt(
                Secret key,
                Algorithm algorithm,
                String issuer,
                String subject,
                String audience,
                String keyId,
                Duration lifetime)
                implements Credential {
            @Override
            public <R> R tell(Kinds<R> kinds) {
                return kinds.jwt(this);
            }
        }

        record ClientCredentials(
                Secret key,
                URI tokenUrl,
                String clientId,
                ClientAuthentication authentication,
                String scope,
                String audience,
                Duration timeout)
                implements Credential {
            @Override
            public <R> R tell(Kinds<R> kinds) {
                return kinds.clientCredentials(this);
            }
        }

        record Federation(
                Secret identityToken,
                URI tokenUrl,
                String rule,
                String organization,
                String serviceAccount,
                String workspace,
                Duration timeout)
                implements Credential {
            @Override
            public <R> R tell(Kinds<R> kinds) {
                return kinds.federation(this);
            }
        }
    }

    /** A secret as it was told, or the file that holds it; the file counts if there are both. */
    public record Secret(String text, Optional<Path> file) {
        boolean isEmpty() {
            return text.isEmpty() && file.isEmpty();
        }

        @Override
        public String toString() {
            return file.map(Path::toString).orElse(text.isEmpty() ? "none" : "set");
        }
    }

    /** What a token is signed with. */
    public enum Algorithm {
        HS256,
        RS256,
        ES256
    }

    /** How a client shows its secret to a token endpoint: in a header or in the form. */
    public enum ClientAuthentication {
        BASIC,
        POST
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

    /**
     * The HTTP door.
     *
     * @param passThrough whether callers' own credentials go on to the endpoints in place of ours
     * @param certificate PEM file of the door's certificate chain, if it speaks TLS
     * @param privateKey PEM file of its private key, there if the certificate is
     */
    public record Gateway(
            Map<String, CallerKey> keys,
            boolean passThrough,
            Optional<Path> certificate,
            Optional<Path> privateKey,
            Duration readTimeout,
            Duration idleTimeout,
            Duration pingInterval,
            Duration writeTimeout) {}

    /** A key that callers of the HTTP door show, and whose tenant they are with it. The key is not in {@link #toString()}. */
    public record CallerKey(String key, String tenant) {
        @Override
        public String toString() {
            return "CallerKey[tenant=" + tenant + "]";
        }
    }

    /**
     * What was spent.
     *
     * @param goesOn whether calls go on while nothing can be written
     * @param prices a file with prices of the operator's own
     * @param spillFile takes what cannot be written
     */
    /**
     * What is written down of calls.
     *
     * @param retention how long attempts are kept one by one; zero for ever
     * @param export the URI of an endpoint that gets each attempt that ended
     * @param reconciliation with the API's own report
     */
    public record Ledger(
            boolean enabled,
            Store store,
            boolean goesOn,
            Optional<Path> prices,
            Optional<Path> spillFile,
            Duration retention,
            Optional<String> export,
            Optional<Reconciliation> reconciliation) {

        /** Where rows go that the ledger cannot take. */
        public Path spill(Path data) {
            return spillFile.orElseGet(() -> data.resolve("ledger.spill"));
        }
    }

    /**
     * Where the ledger is kept.
     *
     * @param url of JDBC; empty for a file in {@code claude.data}
     */
    public record Store(String url, String user, String password) {

        /** Tells everything but the password. */
        @Override
        public String toString() {
            return "Store[url=" + url + ", user=" + user + "]";
        }
    }

    /**
     * How the ledger is held against the API's own report of what was used.
     *
     * @param credential name of one of an administrator
     * @param endpoint name of the one that is asked, and whose attempts are compared
     * @param newer whether the newer of the API's two reports is asked for
     * @param delay how long after its end an hour is compared
     * @param lookBack how far each comparison goes back
     * @param toleranceTokens of each class, in an hour of a model, that are no difference
     */
    public record Reconciliation(
            String credential,
            String endpoint,
            boolean newer,
            Duration interval,
            Duration delay,
            Duration lookBack,
            long toleranceTokens,
            List<String> apiKeyIds,
            List<String> workspaceIds) {}

    /** What a tenant may spend. */
    public record Budget(long microUsd, Period period) {}

    /** For how long a budget is, by the calendar in UTC. */
    public enum Period {
        HOUR,
        DAY,
        WEEK,
        MONTH
    }

    public record Simulator(
            int port,
            Duration latency,
            Duration latencyP99,
            double tokensPerSecond,
            Map<String, Double> faults,
            Duration batchDuration) {}

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
                batch,
                otherEndpoints,
                otherCredentials,
                split,
                redact,
                fanOut,
                sinks,
                gateway,
                ledger,
                budgets,
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
                batch(reader.section("claude.batch")),
                reader.named("claude.endpoints", ClaudeSettings::endpoint),
                reader.named("claude.credentials", CredentialReader::read),
                split(reader.section("claude.split")),
                redact(reader),
                fanOut(reader.section("claude.fan-out")),
                withoutEmptyUri(reader.named("claude.sinks", ClaudeSettings::sink), Sink::uri),
                gateway(reader),
                ledger(reader.section("claude.ledger")),
                reader.named("claude.budgets", ClaudeSettings::budget),
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
                enumOf(CacheUse.class, section.word("cache", "use", "refresh", "bypass")),
                section.flag("batch"));
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
                section.duration("deadline", SOME),
                section.duration("hedge-after", NONE),
                section.count("hedge-budget-percent", 0, 100),
                enumOf(Order.class, section.word("order", "nearest", "priority", "weight")),
                section.duration("stickiness", NONE),
                section.duration("dns-cache", NONE));
    }

    private static Batch batch(Section section) {
        return new Batch(
                section.count("size", 1, MOST_IN_BATCH),
                section.number("max-bytes", 1, MOST_BATCH_BYTES),
                section.duration("wait", NONE),
                section.duration("poll-interval", SOME),
                section.duration("poll-interval-max", SOME),
                section.duration("uncertain-wait", NONE),
                section.count("workers", 1, 1000),
                section.count("attempts", 1, 100),
                section.words("send-again", "errored", "expired", "canceled"),
                optional(section.text("dead-letter")),
                section.duration("remembered", NONE));
    }

    private static Endpoint endpoint(Section section) {
        return new Endpoint(
                section.url("url"),
                enumOf(Dialect.class, section.word("dialect", "messages", "prompt")),
                section.required("api-version", "a version of the API such as 2023-06-01"),
                section.required("credential", "a name of claude.credentials"),
                section.count("priority", 0, MANY),
                section.count("weight", 0, MANY),
                connection(section),
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
                        section.count("breaker-trial-calls", 1, MANY)),
                health(section));
    }

    private static Connection connection(Section section) {
        return new Connection(
                section.word("http-version", "1.1", "2").equals("2") ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1,
                section.count("connections", 1, 100_000),
                section.duration("keep-alive", NONE),
                section.duration("connection-lifetime", SOME),
                section.duration("connect-timeout", SOME),
                optional(section.text("trusted-certificates")).map(Path::of));
    }

    private static Health health(Section section) {
        return new Health(
                section.count("out-after-failures", 1, MANY),
                section.duration("out-after-silence", SOME),
                section.duration("hold", NONE),
                section.duration("hold-max", NONE),
                section.duration("slow-start", NONE),
                section.count("good-probes", 0, 1000),
                new Probe(
                        section.text("probe-path"),
                        section.duration("probe-interval", SOME),
                        section.duration("probe-interval-out", SOME),
                        section.duration("probe-timeout", SOME)));
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
        Map<String, CallerKey> keys = reader.named(
                "claude.gateway.keys",
                key -> new CallerKey(
                        key.required("key", "the key that callers show"),
                        key.required("tenant", "the name of a tenant")));
        boolean passThrough = section.flag("pass-through.enabled");
        if (passThrough && !keys.isEmpty()) {
            section.mistaken(
                    "pass-through.enabled", "callers show either their own credentials or claude.gateway.keys");
        }
        Optional<Path> certificate = optional(section.text("certificate")).map(Path::of);
        Optional<Path> privateKey = optional(section.text("private-key")).map(Path::of);
        if (certificate.isPresent() && privateKey.isEmpty()) {
            section.missing("private-key", "the PEM file of the certificate's private key");
        }
        if (privateKey.isPresent() && certificate.isEmpty()) {
            section.missing("certificate", "the PEM file of the private key's certificate");
        }
        return new Gateway(
                keys,
                passThrough,
                certificate,
                privateKey,
                section.duration("read-timeout", SOME),
                section.duration("idle-timeout", SOME),
                section.duration("ping-interval", SOME),
                section.duration("write-timeout", SOME));
    }

    private static Ledger ledger(Section section) {
        return new Ledger(
                section.flag("enabled"),
                store(section),
                section.word("when-unavailable", "stop", "go-on").equals("go-on"),
                optional(section.text("prices")).map(Path::of),
                optional(section.text("spill-file")).map(Path::of),
                section.duration("retention", NONE),
                optional(section.text("export.uri")),
                reconciliation(section));
    }

    private static Optional<Reconciliation> reconciliation(Section section) {
        Reconciliation told = new Reconciliation(
                section.text("reconciliation.credential"),
                section.text("reconciliation.endpoint"),
                section.word("reconciliation.report", "usage-report", "analytics")
                        .equals("analytics"),
                section.duration("reconciliation.interval", SOME),
                section.duration("reconciliation.delay", NONE),
                section.duration("reconciliation.look-back", Duration.ofHours(1)),
                section.number("reconciliation.tolerance-tokens", 0, Long.MAX_VALUE),
                section.list("reconciliation.api-key-ids"),
                section.list("reconciliation.workspace-ids"));
        return told.credential().isEmpty() ? Optional.empty() : Optional.of(told);
    }

    private static Store store(Section section) {
        String url = section.text("url");
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            section.mistakenSecret("url", "expected jdbc:postgresql://host/database, or nothing for a file");
        }
        if (url.contains("password=")) {
            section.mistakenSecret("url", "the password belongs into claude.ledger.password");
        }
        return new Store(url, section.text("user"), section.text("password"));
    }

    private static Budget budget(Section section) {
        return new Budget(
                section.microUsd("usd"), enumOf(Period.class, section.word("period", "hour", "day", "week", "month")));
    }

    private static Simulator simulator(Section section) {
        return new Simulator(
                section.count("port", 0, 65_535),
                section.duration("latency", NONE),
                section.duration("latency-p99", NONE),
                section.decimal("tokens-per-second", MANY),
                section.shares("faults"),
                section.duration("batch-duration", NONE));
    }

    /** Names that settings use for one another must exist. */
    private void checkNames(SettingsReader reader) {
        if (endpoints.isEmpty()) {
            reader.mistake("claude.endpoints.<name>.url is missing: expected at least one endpoint");
        }
        if (endpoints.size() > MOST_ENDPOINTS) {
            reader.mistake(
                    "claude.endpoints: expected at most " + MOST_ENDPOINTS + " endpoints, found " + endpoints.size());
        }
        endpoints.forEach((name, endpoint) -> {
            if (!credentials.containsKey(endpoint.credential())) {
                reader.mistake("claude.endpoints." + name + ".credential=" + endpoint.credential()
                        + ": there is no claude.credentials." + endpoint.credential() + ".kind");
            }
        });
        ledger.reconciliation().ifPresent(its -> {
            if (!credentials.containsKey(its.credential())) {
                reader.mistake("claude.ledger.reconciliation.credential=" + its.credential()
                        + ": there is no claude.credentials." + its.credential() + ".kind");
            }
            if (!endpoints.containsKey(its.endpoint())) {
                reader.mistake("claude.ledger.reconciliation.endpoint=" + its.endpoint()
                        + ": there is no claude.endpoints." + its.endpoint() + ".url");
            }
        });
        if (!budgets.isEmpty() && !ledger.enabled()) {
            reader.mistake("claude.budgets: what was spent is read from the ledger, and claude.ledger.enabled=false");
        }
        checkPassThrough(reader);
        checkSinks(reader, "claude.fan-out.sinks", fanOut.sinks());
        sources.forEach((name, source) -> checkSinks(reader, "claude.sources." + name + ".sinks", source.sinks()));
        sinks.forEach((name, sink) -> {
            if (sink.onFailure() == OnFailure.DEAD_LETTER && sink.deadLetter().isEmpty()) {
                reader.mistake("claude.sinks." + name + ".on-failure=dead-letter: claude.sinks." + name
                        + ".dead-letter is missing");
            }
        });
    }

    /** A caller shows its credential to one owner of endpoints, and the next one in line must not get it. */
    private void checkPassThrough(SettingsReader reader) {
        long hosts = endpoints.values().stream()
                .map(endpoint -> endpoint.url().getHost().toLowerCase(Locale.ROOT))
                .distinct()
                .count();
        if (gateway.passThrough() && hosts > 1) {
            reader.mistake(
                    "claude.gateway.pass-through.enabled=true: callers' credentials would go to several hosts, expected one: "
                            + endpoints.entrySet().stream()
                                    .sorted(Map.Entry.comparingByKey())
                                    .map(entry -> "claude.endpoints." + entry.getKey() + ".url is at "
                                            + entry.getValue().url().getHost())
                                    .collect(Collectors.joining(", ")));
        }
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

    static <E extends Enum<E>> E enumOf(Class<E> type, String word) {
        return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
