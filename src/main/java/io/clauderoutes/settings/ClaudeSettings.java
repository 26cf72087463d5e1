package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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
        Map<String, RequestLimit> limits,
        Log log,
        Simulator simulator) {

    /** Where an endpoint is unless somebody changes it. */
    public static final URI PACKAGED_URL = URI.create("https://api.anthropic.com");

    /**
     * What is around the stages.
     *
     * @param settingsReload whether changed settings take effect while the bundle runs
     * @param settingsInterval how often files of settings are looked at
     * @param shutdownGrace how long calls that have begun may take after the stop begins
     */
    public record Routes(
            Path folder,
            boolean reload,
            boolean settingsReload,
            Duration settingsInterval,
            Path data,
            Duration shutdownGrace) {}

    public record Source(
            String model, long maxTokens, String system, boolean stream, int maxBytes, List<String> headers) {

        /** The same where replies are never streams. */
        public Source unstreamed() {
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
            boolean batch,
            Optional<String> redactPolicy,
            Redeliveries redeliveries) {}

    /**
     * How a message of a source is tried again.
     *
     * @param most failed attempts that count before it goes to the dead letters
     * @param delay wait after the first failure
     * @param maxDelay longest wait
     */
    public record Redeliveries(int most, Duration delay, Duration maxDelay) {}

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
            return with(url, own, timeout, timeout, timeout);
        }

        private static Duration shorter(Duration left, Duration right) {
            return left.compareTo(right) < 0 ? left : right;
        }

        public Endpoint at(URI other) {
            return with(other, connection, firstTokenTimeout, idleTimeout, totalTimeout);
        }

        private Endpoint with(URI other, Connection own, Duration firstToken, Duration idle, Duration total) {
            return new Endpoint(
                    other,
                    dialect,
                    apiVersion,
                    credential,
                    priority,
                    weight,
                    own,
                    firstToken,
                    idle,
                    total,
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

    public record Breaker(
            int failurePercent, int window, int minCalls, Duration open, Duration halfOpen, int trialCalls) {}

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

            /**
             * Looks whether a text can be a key.
             *
             * @throws IllegalArgumentException if not, without the text
             */
            public static void check(String key) {
                if (key.chars().anyMatch(c -> c <= ' ' || c >= 127 || c == '"' || c == '\'')) {
                    throw new IllegalArgumentException(
                            "the key holds a space, a quote or a letter beyond ASCII: was it pasted with something around it?");
                }
            }

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
        public boolean isEmpty() {
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

    public record Split(Strategy strategy, int maxEventBytes, int maxReplyBytes, JunkFrames junkFrames) {}

    /** What a frame that cannot be read does to its stream; AUTO: ends one of Messages, is skipped in one of prompts. */
    public enum JunkFrames {
        AUTO,
        FAIL,
        SKIP
    }

    /**
     * What is redacted.
     *
     * @param keepsToolInput whether the inputs of tools in replies stay byte for byte
     * @param policies others by name, which sources and keys of the gateway may choose
     */
    public record Redact(
            boolean enabled,
            boolean prompts,
            boolean dropThinking,
            boolean keepsToolInput,
            Map<String, Kind> kinds,
            Map<String, PatternKind> patterns,
            Map<String, Redact> policies) {

        /** The same with other patterns. */
        public Redact with(Map<String, PatternKind> others) {
            return new Redact(enabled, prompts, dropThinking, keepsToolInput, kinds, others, policies);
        }
    }

    public record Kind(boolean enabled, boolean validated, String replacement) {}

    public record PatternKind(String pattern, String replacement, int maxLength) {}

    /**
     * The fan-out.
     *
     * @param redeliveryDelay wait before a kept reply is offered to its sink again
     * @param maxRedeliveryDelay longest such wait
     * @param dynamicSinks patterns of URIs that a header may name as sinks
     * @param dynamicSink how each sink is used that is named by its URI
     */
    public record FanOut(
            List<String> sinks,
            Duration sinkTimeout,
            Duration redeliveryDelay,
            Duration maxRedeliveryDelay,
            boolean stopsWithCaller,
            List<String> dynamicSinks,
            Sink dynamicSink) {}

    public record Sink(
            String uri,
            boolean chunks,
            boolean json,
            int buffer,
            int attempts,
            Duration retryDelay,
            OnFailure onFailure,
            Optional<String> deadLetter) {

        /** The same at another URI. */
        public Sink at(String other) {
            return new Sink(other, chunks, json, buffer, attempts, retryDelay, onFailure, deadLetter);
        }
    }

    /** What it means that a sink did not take an answer. */
    public enum OnFailure {
        KEEP,
        FAIL,
        DEAD_LETTER,
        IGNORE;

        /** Whether sources wait while the sink fails. */
        public boolean holdsBack() {
            return this == KEEP || this == FAIL;
        }
    }

    /**
     * The gateway.
     *
     * @param passThrough whether callers' own credentials go on to the endpoints in place of ours
     * @param cache whether clients' requests use the reply cache, where their key or request does not say
     * @param models names of clients' own for models, by that name
     * @param hosts names by which clients may call it; none means any where there are keys, and this machine's where there are not
     * @param openPaths that need no key
     * @param bounds of what clients may keep it busy with
     * @param origins whose pages may call it from a browser
     * @param certificate PEM file of the gateway's certificate chain, if it speaks TLS
     * @param privateKey PEM file of its private key, there if the certificate is
     */
    public record Gateway(
            Map<String, CallerKey> keys,
            boolean passThrough,
            boolean cache,
            Map<String, String> models,
            List<String> hosts,
            List<String> openPaths,
            Bounds bounds,
            List<String> origins,
            Optional<Path> certificate,
            Optional<Path> privateKey,
            Duration readTimeout,
            Duration idleTimeout,
            Duration pingInterval,
            Duration writeTimeout) {}

    /** What clients may keep the gateway busy with: connections, and bytes of request bodies in total and per client. */
    public record Bounds(int connections, long requestBytes, long requestBytesPerClient) {}

    /**
     * A key that clients of the gateway show. The key is not in {@link #toString()}.
     *
     * @param keyFile file with the key, in place of {@code key}
     * @param tenant that they are with it
     * @param redactPolicy name of the policy by which their requests and replies are redacted
     * @param cache whether their requests use the reply cache; empty leaves it to the gateway
     * @param limits name of the limits of their requests
     */
    public record CallerKey(
            String key,
            Optional<Path> keyFile,
            String tenant,
            Optional<String> redactPolicy,
            Optional<Boolean> cache,
            Optional<String> limits) {
        @Override
        public String toString() {
            return "CallerKey[tenant=" + tenant + "]";
        }
    }

    /**
     * What is written down of calls.
     *
     * @param fsync whether a call waits until a file has its intent on the disk, and not with the operating system alone
     * @param goesOn whether calls go on while nothing can be written
     * @param prices a file with prices of the operator's own
     * @param spillFile takes what cannot be written
     * @param retention how long attempts are kept one by one; zero for ever
     * @param export the URI of an endpoint that gets each attempt that ended
     * @param reconciliation with the API's own report
     */
    public record Ledger(
            boolean enabled,
            Store store,
            boolean fsync,
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

    /**
     * What requests may ask for.
     *
     * @param tenants whose requests it is for, besides those of keys that name it
     * @param models patterns of models
     * @param maxTokens the largest {@code max_tokens}; 0 is any
     * @param maxThinkingTokens the largest thinking budget; 0 is any
     * @param serverTools patterns of types of tools that the API runs
     * @param betas patterns of values of {@code anthropic-beta}
     */
    public record RequestLimit(
            List<String> tenants,
            List<Pattern> models,
            long maxTokens,
            long maxThinkingTokens,
            boolean tools,
            List<Pattern> serverTools,
            List<Pattern> betas,
            boolean mcpServers,
            boolean containers,
            boolean files) {}

    /** What a tenant may spend. */
    public record Budget(long microUsd, Period period) {}

    /** For how long a budget is, by the calendar in UTC. */
    public enum Period {
        HOUR,
        DAY,
        WEEK,
        MONTH
    }

    /**
     * The log of a standalone bundle.
     *
     * @param level of all loggers that {@code levels} does not name
     */
    public record Log(
            String level,
            Map<String, String> levels,
            boolean json,
            Optional<Path> file,
            long maxFileBytes,
            int maxFiles) {

        /** At debug these loggers write keys and prompts. They have the level info in the packaged log4j2.properties. */
        private static final Set<String> OF_SECRETS = Set.of(
                "org.apache.hc.client5.http",
                "org.apache.camel.component.properties",
                "org.apache.camel.impl.engine.DefaultCamelContextExtension");

        /** Whether a logger writes keys or prompts at debug. */
        public static boolean writesSecrets(String logger) {
            return OF_SECRETS.stream().anyMatch(name -> logger.equals(name) || logger.startsWith(name + "."));
        }
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
        Mistakes mistakes = new Mistakes();
        ClaudeSettings settings = of(properties, mistakes);
        mistakes.end();
        return settings;
    }

    /** The same with stand-ins for what is wrong, so that more mistakes can be looked for. */
    public static ClaudeSettings of(Map<String, String> properties, Mistakes mistakes) {
        SettingsReader reader = new SettingsReader(properties);
        ClaudeSettings settings = read(reader);
        new CrossCheck(settings, reader).run();
        mistakes.check(reader::finish);
        return settings;
    }

    /** What is redacted, read from its settings alone. */
    public static Redact redaction(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        Redact redact = StageReader.redact(reader);
        reader.finish();
        return redact;
    }

    /** The log, read from its settings alone: it begins before all else. */
    public static Log log(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        Log log = SurroundingsReader.log(reader);
        reader.finish();
        return log;
    }

    public ClaudeSettings with(Map<String, Endpoint> otherEndpoints, Map<String, Credential> otherCredentials) {
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
                limits,
                log,
                simulator);
    }

    /** The settings that there are, with {@code *} where a name stands. */
    public static Set<String> keys() {
        SettingsReader reader = new SettingsReader(Map.of());
        read(reader);
        return reader.known();
    }

    private static ClaudeSettings read(SettingsReader reader) {
        return new ClaudeSettings(
                SurroundingsReader.routes(reader.section("claude")),
                StageReader.source(reader.section("claude.source")),
                NamedUriReader.sources(reader),
                StageReader.throttle(reader),
                StageReader.cache(reader.section("claude.cache")),
                StageReader.call(reader.section("claude.call")),
                SurroundingsReader.batch(reader.section("claude.batch")),
                reader.named("claude.endpoints", EndpointReader::read),
                reader.named("claude.credentials", CredentialReader::read),
                StageReader.split(reader.section("claude.split")),
                StageReader.redact(reader),
                StageReader.fanOut(reader.section("claude.fan-out"), NamedUriReader.dynamicSink(reader)),
                NamedUriReader.sinks(reader),
                SurroundingsReader.gateway(reader),
                LedgerReader.ledger(reader.section("claude.ledger")),
                reader.named("claude.budgets", LedgerReader::budget),
                reader.named("claude.limits", StageReader::limit),
                SurroundingsReader.log(reader),
                SurroundingsReader.simulator(reader.section("claude.simulator")));
    }
}
