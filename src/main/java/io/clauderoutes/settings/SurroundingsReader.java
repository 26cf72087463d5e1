package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;
import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.SettingsReader.Section;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the settings of what is beside the stages: route files, batches, the gateway, the simulator. */
final class SurroundingsReader {

    private static final String[] LEVELS = {"info", "off", "error", "warn", "debug", "trace"};

    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(50);
    private static final int MOST_IN_BATCH = 100_000;
    private static final int MOST_MESSAGES = 2_000;
    private static final Pattern TEMPLATE_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_-]*");
    private static final long LEAST_LOG_BYTES = 10_000;
    private static final int MOST_LOG_FILES = 10_000;
    private static final int MOST_SOCKET_REQUESTS = 10_000;
    private static final long MOST_BATCH_BYTES = 256_000_000;
    private static final int MOST_REPLY_TOKENS = 200_000;
    private static final double LARGEST_SIGMA = 3;
    private static final double MOST_BEFORE_TEXT = 95;
    private static final double ALL = 100;
    private static final int SHORTEST_PASSWORD = 12;

    /** So much of the heap may be bodies of requests: each has a few copies of a part of it while it is read. */
    private static final int SHARE_OF_HEAP = 5;

    private SurroundingsReader() {}

    static RoutesSettings routes(Section section) {
        return new RoutesSettings(
                section.flag("enabled"),
                Path.of(section.text("routes")),
                section.flag("routes-reload.enabled"),
                section.flag("settings-reload.enabled"),
                section.duration("settings-reload.interval", SHORTEST_INTERVAL),
                Path.of(section.required("data", "a folder")),
                section.duration("shutdown.grace", NONE));
    }

    static BatchSettings batch(Section section) {
        return new BatchSettings(
                new BatchSettings.Limits(
                        section.count("size", 1, MOST_IN_BATCH),
                        section.number("max-bytes", 1, MOST_BATCH_BYTES),
                        section.duration("wait", NONE)),
                new BatchSettings.Polling(
                        section.duration("poll-interval", SOME),
                        section.duration("poll-interval-max", SOME),
                        section.duration("uncertain-wait", NONE)),
                section.count("workers", 1, 1000),
                new BatchSettings.Retry(
                        section.count("attempts", 1, 100),
                        section.words("send-again", "errored", "expired", "canceled"),
                        section.optional("dead-letter")),
                section.duration("remembered", NONE));
    }

    static Map<String, Path> templates(SettingsReader reader) {
        Map<String, Path> templates = new TreeMap<>();
        reader.values("claude.templates", "a file").forEach((name, file) -> {
            if (TEMPLATE_NAME.matcher(name).matches()) {
                templates.put(name, Path.of(file));
            } else {
                reader.mistake("claude.templates." + name + ": a name is made of letters, digits, - and _");
            }
        });
        return Map.copyOf(templates);
    }

    static MemorySettings memory(Section section) {
        String key = section.text("key");
        if (!key.isEmpty() && section.isTold("key-file")) {
            section.mistakenSecret("key", "there is a key-file, too: expected one of the two");
        }
        return new MemorySettings(
                section.count("max-messages", 2, MOST_MESSAGES),
                section.number("max-tokens", 1, Integer.MAX_VALUE),
                section.duration("expires-after", NONE),
                new SecretSettings(key, section.path("key-file")),
                new MemorySummarySettings(
                        section.flag("summary.enabled"),
                        section.text("summary.model"),
                        section.number("summary.max-tokens", 1, MANY)));
    }

    static ResumeSettings resume(Section section) {
        return new ResumeSettings(
                section.duration("window", NONE),
                section.duration("keep", NONE),
                section.number("max-reply-bytes", 1, Integer.MAX_VALUE),
                section.number("max-bytes", 1, Long.MAX_VALUE),
                section.flag("store.enabled"),
                section.word("on-lost", "error", "call-again").equals("call-again"));
    }

    static GatewaySettings gateway(SettingsReader reader) {
        Section section = reader.section("claude.gateway");
        Map<String, ClientKeySettings> keys = reader.named(
                "claude.gateway.keys",
                key -> new ClientKeySettings(
                        new SecretSettings(clientKey(key), key.path("key-file")),
                        key.required("tenant", "the name of a tenant"),
                        new ClientKeySettings.Replies(
                                key.optional("redact-policy"),
                                key.optional("strategy").map(word -> StageReader.strategy(key)),
                                names(key, "checks"),
                                key.optional("resume.enabled").map(word -> key.flag("resume.enabled"))),
                        new ClientKeySettings.Requests(
                                key.optional("cache").map(word -> key.word("cache", "off", "use")
                                        .equals("use")),
                                key.optional("limits"),
                                names(key, "tools"),
                                names(key, "mcp.tools"))));
        boolean passThrough = section.flag("pass-through.enabled");
        if (passThrough && !keys.isEmpty()) {
            section.mistaken(
                    "pass-through.enabled", "clients send either their own credentials or claude.gateway.keys");
        }
        Optional<Path> certificate = section.path("certificate");
        Optional<Path> privateKey = section.path("private-key");
        if (certificate.isPresent() && privateKey.isEmpty()) {
            section.missing("private-key", "the PEM file of the certificate's private key");
        }
        if (privateKey.isPresent() && certificate.isEmpty()) {
            section.missing("certificate", "the PEM file of the private key's certificate");
        }
        return new GatewaySettings(
                section.flag("enabled"),
                new GatewaySettings.Access(
                        keys,
                        passThrough,
                        section.list("hosts"),
                        section.list("open-paths"),
                        section.origins("cors.origins")),
                new GatewaySettings.Defaults(
                        section.word("cache", "off", "use").equals("use"),
                        section.list("tools"),
                        section.list("checks"),
                        section.flag("resume.enabled"),
                        reader.values("claude.gateway.models", "the name of a model")),
                new GatewaySettings.Connections(
                        new WebSocketSettings(
                                section.flag("websocket.enabled"),
                                section.count("websocket.requests", 1, MOST_SOCKET_REQUESTS),
                                section.duration("websocket.idle-timeout", SOME)),
                        section.duration("read-timeout", SOME),
                        section.duration("idle-timeout", SOME),
                        section.duration("ping-interval", SOME),
                        section.duration("write-timeout", SOME)),
                new GatewaySettings.Mcp(section.flag("mcp.enabled"), section.list("mcp.tools")),
                bounds(section),
                new GatewaySettings.Tls(certificate, privateKey));
    }

    /** Names; {@code none} is an empty list, and nothing leaves it to a more general setting. */
    static Optional<List<String>> names(Section key, String what) {
        return key.optional(what).map(names -> names.equals("none") ? List.of() : key.list(what));
    }

    private static String clientKey(Section key) {
        String told = key.text("key");
        if (told.isEmpty() && !key.isTold("key-file")) {
            key.missing("key", "the key that clients send (or a file that holds it, with key-file)");
        }
        if (!told.isEmpty() && key.isTold("key-file")) {
            key.mistakenSecret("key", "there is a key-file, too: expected one of the two");
        }
        return told;
    }

    private static GatewayBoundsSettings bounds(Section section) {
        long heap = Runtime.getRuntime().maxMemory();
        long bytes = section.number("max-request-bytes", 0, Long.MAX_VALUE);
        long most = bytes == 0 ? heap / SHARE_OF_HEAP : bytes;
        long perClient = section.number("max-client-request-bytes", 0, Long.MAX_VALUE);
        return new GatewayBoundsSettings(
                section.count("max-connections", 1, 1_000_000), most, perClient == 0 ? most / 2 : perClient);
    }

    static InstallSettings install(Section section) {
        return new InstallSettings(section.url("repository"), section.text("user"), section.text("password"));
    }

    static LogSettings log(SettingsReader reader) {
        Section section = reader.section("claude.log");
        return new LogSettings(
                section.word("level", LEVELS),
                levels(reader),
                section.word("format", "text", "json").equals("json"),
                section.optional("file").map(Path::of),
                section.number("max-file-bytes", LEAST_LOG_BYTES, Long.MAX_VALUE),
                section.count("max-files", 1, MOST_LOG_FILES));
    }

    static ConsoleSettings console(Section section) {
        Optional<String> password = section.optional("password");
        if (password.filter(text -> text.length() < SHORTEST_PASSWORD).isPresent()) {
            section.mistakenSecret("password", "expected at least " + SHORTEST_PASSWORD + " characters");
        }
        Optional<String> traceUrl = section.optional("trace-url");
        if (traceUrl.filter(url -> !url.matches("https?://.*") || !url.contains(ConsoleSettings.TRACE))
                .isPresent()) {
            section.mistaken(
                    "trace-url", "expected http or https with " + ConsoleSettings.TRACE + " in place of the id");
        }
        return new ConsoleSettings(section.flag("enabled"), password, traceUrl);
    }

    static TracingSettings tracing(Section section) {
        return new TracingSettings(
                section.flag("enabled"),
                section.url("otlp.endpoint"),
                section.required("service-name", "the name of this process in traces"),
                section.count("sample-percent", 0, 100),
                section.flag("propagation.enabled"));
    }

    private static Map<String, String> levels(SettingsReader reader) {
        Map<String, String> levels = reader.values("claude.log.levels", "one of " + String.join(", ", LEVELS));
        levels.forEach((logger, level) -> {
            String key = "claude.log.levels." + logger + "=" + level;
            if (!Arrays.asList(LEVELS).contains(level)) {
                reader.mistake(key + ": expected one of " + String.join(", ", LEVELS));
            } else if ((level.equals("debug") || level.equals("trace")) && LogSettings.writesSecrets(logger)) {
                reader.mistake(key + ": this logger writes keys and prompts at debug. Expected info or less");
            }
        });
        return levels;
    }

    static BundledSimulatorSettings simulator(Section section) {
        return new BundledSimulatorSettings(
                section.flag("enabled"),
                section.count("port", 0, 65_535),
                new BundledSimulatorSettings.Speed(
                        section.duration("latency", NONE),
                        section.duration("latency-p99", NONE),
                        section.decimal("tokens-per-second", MANY)),
                section.shares("faults"),
                section.duration("batch-duration", NONE),
                new BundledSimulatorSettings.Capacity(
                        section.count("slots", 0, MANY),
                        section.count("reply-tokens", 0, MOST_REPLY_TOKENS),
                        section.decimal("reply-tokens-sigma", LARGEST_SIGMA),
                        section.decimal("first-token-percent", MOST_BEFORE_TEXT),
                        section.decimal("straggler-percent", ALL),
                        section.decimal("straggler-factor", 1, ALL),
                        section.duration("handshake", NONE)));
    }
}
