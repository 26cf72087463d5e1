package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;
import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.settings.SettingsReader.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the settings of the seven stages, from the source to the fan-out: one method for each. */
final class StageReader {

    private static final long MEMORY = 64L * 1024 * 1024 * 1024;

    private StageReader() {}

    static SourceSettings source(Section section) {
        return new SourceSettings(
                section.required("model", "a model id such as claude-sonnet-5-5"),
                section.number("max-tokens", 1, MANY),
                section.text("system"),
                section.flag("stream.enabled"),
                section.count("max-bytes", 1, Integer.MAX_VALUE - 8),
                section.list("headers"),
                section.list("checks"));
    }

    static ThrottleSettings throttle(SettingsReader reader) {
        Section section = reader.section("claude.throttle");
        return new ThrottleSettings(
                section.count("in-flight", 1, MANY),
                section.duration("wait", NONE),
                section.decimal("rate", MANY),
                section.number("capacity", 1, Integer.MAX_VALUE),
                section.word("cost", ThrottleCost.class, "one", "input"),
                reader.named(
                        "claude.throttle.tenants",
                        tenant -> new ThrottleLimitSettings(
                                tenant.count("in-flight", 0, MANY),
                                tenant.decimal("rate", MANY),
                                tenant.number("capacity", 1, Integer.MAX_VALUE))));
    }

    static CacheSettings cache(Section section) {
        return new CacheSettings(
                section.flag("enabled"),
                section.duration("time-to-live", SOME),
                section.number("max-bytes", 0, MEMORY),
                section.path("templates"));
    }

    static CallSettings call(Section section) {
        return new CallSettings(
                new CallSettings.Retry(
                        section.count("max-attempts", 1, 100),
                        section.duration("first-delay", NONE),
                        section.duration("max-delay", NONE),
                        section.duration("retry-after-max", NONE),
                        section.count("retry-budget-percent", 0, 100)),
                section.duration("deadline", SOME),
                new CallSettings.Hedge(
                        section.text("hedge-after").equals("auto")
                                ? Optional.empty()
                                : Optional.of(section.duration("hedge-after", NONE)),
                        section.count("hedge-budget-percent", 0, 100)),
                section.word("order", EndpointOrder.class, "nearest", "priority", "weight"),
                section.duration("stickiness", NONE),
                section.duration("dns-cache", NONE));
    }

    static AgentSettings agent(Section section) {
        return new AgentSettings(
                section.count("max-rounds", 1, 1000),
                section.duration("tool-timeout", SOME),
                section.count("parallel-tools", 1, 1000),
                section.count("max-result-bytes", 1, Integer.MAX_VALUE - 8),
                section.patterns("header-tools"));
    }

    static SplitSettings split(Section section) {
        return new SplitSettings(
                strategy(section),
                new AutoSettings(
                        section.duration("short-reply", NONE),
                        section.word("pacing", AutoSettings.Pacing.class, "off", "sinks", "all")),
                section.count("max-event-bytes", 1024, Integer.MAX_VALUE - 8),
                section.count("max-reply-bytes", 1024, Integer.MAX_VALUE - 8),
                section.word("junk-frames", JunkFrames.class, "auto", "fail", "skip"));
    }

    static Strategy strategy(Section section) {
        return section.word("strategy", Strategy.class, "stream", "whole", "auto");
    }

    static RedactSettings redact(SettingsReader reader) {
        Section section = reader.section("claude.redact");
        return redact(section, section.named("policies", policy -> redact(policy, Map.of())));
    }

    private static RedactSettings redact(Section section, Map<String, RedactSettings> policies) {
        Map<String, RedactKindSettings> kinds = new LinkedHashMap<>();
        for (String kind : List.of("card", "ssn", "iban", "email", "phone", "key")) {
            boolean lenient = kind.equals("card") || kind.equals("ssn");
            kinds.put(
                    kind,
                    new RedactKindSettings(
                            section.flag(kind + ".enabled"),
                            !lenient || section.flag(kind + ".validated"),
                            section.text(kind + ".replacement")));
        }
        return new RedactSettings(
                section.flag("enabled"),
                new RedactSettings.Scope(
                        section.flag("prompts.enabled"),
                        section.word("thinking", "pass", "drop").equals("drop"),
                        section.word("tool-input", "pass", "redact").equals("pass"),
                        section.word("tool-output", "pass", "redact").equals("redact")),
                Map.copyOf(kinds),
                section.named(
                        "patterns",
                        pattern -> new RedactPatternSettings(
                                pattern.required("pattern", "a pattern in RE2 syntax"),
                                pattern.text("replacement"),
                                pattern.count("max-length", 1, 10_000))),
                policies);
    }

    static OutputSettings output(Section section) {
        return new OutputSettings(section.flag("repair.enabled"));
    }

    static RequestLimitSettings limit(Section section) {
        return new RequestLimitSettings(
                section.list("tenants"),
                section.patterns("models"),
                section.number("max-tokens", 0, MANY),
                section.number("max-thinking-tokens", 0, MANY),
                new RequestLimitSettings.Features(
                        section.flag("tools.enabled"),
                        section.patterns("server-tools"),
                        section.patterns("betas"),
                        section.flag("mcp-servers.enabled"),
                        section.flag("containers.enabled"),
                        section.flag("files.enabled")));
    }

    static FanOutSettings fanOut(Section section, SinkSettings dynamicSink) {
        return new FanOutSettings(
                section.list("sinks"),
                section.duration("sink-timeout", SOME),
                section.duration("redelivery-delay", SOME),
                section.duration("redelivery-delay-max", SOME),
                section.word("on-caller-gone", "read-on", "stop").equals("stop"),
                section.list("dynamic-sinks"),
                dynamicSink);
    }
}
