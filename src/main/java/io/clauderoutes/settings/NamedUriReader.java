package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;
import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.settings.SettingsReader.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads sources and sinks, which are a name with a Camel URI. An empty URI takes one of the packaged settings away. */
final class NamedUriReader {

    private static final Pattern BREAKS_NEVER = Pattern.compile("[?&]breakOnFirstError=(?!true(&|$))");

    private NamedUriReader() {}

    static Map<String, NamedSourceSettings> sources(SettingsReader reader) {
        return withoutEmptyUri(reader.named("claude.sources", NamedUriReader::source), NamedSourceSettings::uri);
    }

    static Map<String, SinkSettings> sinks(SettingsReader reader) {
        return withoutEmptyUri(reader.named("claude.sinks", NamedUriReader::sink), SinkSettings::uri);
    }

    private static <T> Map<String, T> withoutEmptyUri(Map<String, T> named, Function<T, String> uri) {
        Map<String, T> used = new LinkedHashMap<>(named);
        used.values().removeIf(one -> uri.apply(one).isEmpty());
        return Map.copyOf(used);
    }

    /**
     * A Kafka consumer would go on to the next record, and commit it, when a record failed: the record would be lost in an outage.
     */
    private static String sourceUri(Section section) {
        String uri = section.text("uri");
        if (!uri.startsWith("kafka:")) {
            return uri;
        }
        if (BREAKS_NEVER.matcher(uri).find()) {
            section.mistaken(
                    "uri",
                    "a record that fails would be lost: remove breakOnFirstError=false (the default here is true)");
        }
        return uri.contains("breakOnFirstError=")
                ? uri
                : uri + (uri.contains("?") ? "&" : "?") + "breakOnFirstError=true";
    }

    private static NamedSourceSettings source(Section section) {
        mustHaveUri(section);
        return new NamedSourceSettings(
                sourceUri(section),
                new NamedSourceSettings.Intake(
                        section.count("workers", 0, 10_000),
                        section.flag("idempotent.enabled"),
                        section.flag("batch"),
                        section.optional("dead-letter"),
                        new RedeliverySettings(
                                section.count("max-redeliveries", 0, 1000),
                                section.duration("redelivery-delay", SOME),
                                section.duration("redelivery-delay-max", SOME))),
                new NamedSourceSettings.ReplyOptions(
                        section.list("sinks"),
                        section.text("strategy").isEmpty()
                                ? Optional.empty()
                                : Optional.of(StageReader.strategy(section)),
                        section.optional("redact-policy"),
                        section.optional("output-schema"),
                        SurroundingsReader.names(section, "checks")),
                new NamedSourceSettings.PromptForm(
                        section.word("format", SourceFormat.class, "auto", "text", "json"),
                        section.text("prompt"),
                        section.optional("template"),
                        section.text("model"),
                        section.number("max-tokens", 0, MANY),
                        section.text("system")),
                new NamedSourceSettings.RequestOptions(
                        section.required("tenant", "the name of a tenant"),
                        section.word("cache", CacheUse.class, "use", "refresh", "bypass"),
                        tools(section),
                        section.flag("memory")));
    }

    private static List<String> tools(Section section) {
        List<String> tools = section.list("tools");
        if (!tools.isEmpty() && section.flag("batch")) {
            section.mistaken("tools", "a prompt of a batch cannot call tools: remove tools, or set batch=false");
        }
        return tools;
    }

    /** How sinks are used that have no name: by the values for all sinks. */
    static SinkSettings dynamicSink(SettingsReader reader) {
        return sinkOf(reader.section("claude.sinks.*"));
    }

    private static SinkSettings sink(Section section) {
        mustHaveUri(section);
        return sinkOf(section);
    }

    private static SinkSettings sinkOf(Section section) {
        return new SinkSettings(
                section.text("uri"),
                section.flag("chunks"),
                section.word("format", "text", "json").equals("json"),
                section.count("buffer", 1, MANY),
                new SinkSettings.Failure(
                        section.count("attempts", 1, 100),
                        section.duration("retry-delay", NONE),
                        section.word("on-failure", OnSinkFailure.class, "keep", "fail", "dead-letter", "ignore"),
                        section.optional("dead-letter")));
    }

    private static void mustHaveUri(Section section) {
        if (!section.isSet("uri")) {
            section.mistaken("uri", "expected a Camel URI (or nothing, to switch it off)");
        }
    }
}
