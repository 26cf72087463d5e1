package io.clauderoutes.settings;

import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * All {@code claude.*} settings as one value. What each means, with its unit and default, stands in {@code
 * application.properties}; a default stands nowhere else.
 */
public record ClaudeSettings(
        OperationSettings operation,
        PromptsSettings prompts,
        AgentsSettings agents,
        AdmissionSettings admission,
        UpstreamSettings upstream,
        DeliverySettings delivery,
        ServersSettings servers) {

    /** Where an endpoint is unless somebody changes it. */
    public static final URI PACKAGED_URL = URI.create("https://api.anthropic.com");

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
    public static RedactSettings redaction(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        RedactSettings redact = StageReader.redact(reader);
        reader.finish();
        return redact;
    }

    /** The log, read from its settings alone: it begins before all else. */
    public static LogSettings log(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        LogSettings log = SurroundingsReader.log(reader);
        reader.finish();
        return log;
    }

    /** The repository of connectors, read from its settings alone: the bundle does not run. */
    public static InstallSettings install(Map<String, String> properties) {
        SettingsReader reader = new SettingsReader(properties);
        InstallSettings install = SurroundingsReader.install(reader.section("claude.install"));
        reader.finish();
        return install;
    }

    public ClaudeSettings with(
            Map<String, EndpointSettings> otherEndpoints, Map<String, CredentialSettings> otherCredentials) {
        return new ClaudeSettings(
                operation,
                prompts,
                agents,
                admission,
                new UpstreamSettings(
                        upstream.call(), upstream.batch(), otherEndpoints, otherCredentials, upstream.prediction()),
                delivery,
                servers);
    }

    /** The settings that there are, with {@code *} where a name stands. */
    public static Set<String> keys() {
        SettingsReader reader = new SettingsReader(Map.of());
        read(reader);
        return reader.known();
    }

    private static ClaudeSettings read(SettingsReader reader) {
        // A command has these settings. Here they are only checked.
        SurroundingsReader.install(reader.section("claude.install"));
        ConcurrencyReader concurrency = new ConcurrencyReader(reader.section("claude.call"));
        return new ClaudeSettings(
                new OperationSettings(
                        SurroundingsReader.routes(reader.section("claude")),
                        LedgerReader.ledger(reader.section("claude.ledger")),
                        SurroundingsReader.log(reader),
                        SurroundingsReader.tracing(reader.section("claude.tracing")),
                        SurroundingsReader.simulator(reader.section("claude.simulator"))),
                new PromptsSettings(
                        StageReader.source(reader.section("claude.source")),
                        NamedUriReader.sources(reader),
                        SurroundingsReader.templates(reader)),
                new AgentsSettings(
                        StageReader.agent(reader.section("claude.agent")),
                        reader.named("claude.mcp", McpReader::read),
                        StageReader.output(reader.section("claude.agent")),
                        reader.named("claude.checks", CheckReader::read),
                        SurroundingsReader.memory(reader.section("claude.memory"))),
                new AdmissionSettings(
                        StageReader.throttle(reader),
                        StageReader.cache(reader.section("claude.cache")),
                        reader.named("claude.limits", StageReader::limit),
                        reader.named("claude.budgets", LedgerReader::budget)),
                new UpstreamSettings(
                        StageReader.call(reader.section("claude.call")),
                        SurroundingsReader.batch(reader.section("claude.batch")),
                        reader.named("claude.endpoints", endpoint -> EndpointReader.read(endpoint, concurrency)),
                        reader.named("claude.credentials", CredentialReader::read),
                        new PredictionSettings(
                                reader.section("claude.prediction").flag("enabled"))),
                new DeliverySettings(
                        StageReader.split(reader.section("claude.split")),
                        StageReader.redact(reader),
                        StageReader.fanOut(reader.section("claude.fan-out"), NamedUriReader.dynamicSink(reader)),
                        NamedUriReader.sinks(reader),
                        SurroundingsReader.resume(reader.section("claude.resume"))),
                new ServersSettings(
                        SurroundingsReader.gateway(reader),
                        SurroundingsReader.console(reader.section("claude.console"))));
    }
}
