package io.clauderoutes.settings;

import io.opentelemetry.api.OpenTelemetry;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;

/** A library that the bundle needs for some settings only. An application adds it; a standalone bundle has it in {@code lib/}. */
public enum OptionalLibrary {
    /** The gateway and the pages of the management server. */
    HTTP_SERVER(
            "org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter",
            "org.apache.camel:camel-platform-http-main"),
    /** HTTP/2 to endpoints, and the simulator. */
    VERTX("io.vertx.core.Vertx", "io.vertx:vertx-core"),
    /** The ledger, batches and undelivered replies in files. */
    SQLITE("org.sqlite.SQLiteConfig", "org.xerial:sqlite-jdbc"),
    /** The ledger in PostgreSQL. */
    POSTGRESQL("org.postgresql.Driver", "org.postgresql:postgresql"),
    /** Output schemas. */
    JSON_SCHEMA("com.networknt.schema.SchemaRegistry", "com.networknt:json-schema-validator"),
    /** Prompt templates. */
    TEMPLATES("com.samskivert.mustache.Mustache", "com.samskivert:jmustache"),
    /** Classes as output schemas. */
    CLASS_SCHEMA(
            "com.github.victools.jsonschema.module.jackson.JacksonModule",
            "com.github.victools:jsonschema-generator and com.github.victools:jsonschema-module-jackson"),
    /** Traces. */
    OTLP(
            "io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter",
            "io.opentelemetry:opentelemetry-exporter-otlp and io.opentelemetry:opentelemetry-exporter-sender-jdk"),
    /** MCP servers. */
    MCP("io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper", "io.modelcontextprotocol.sdk:mcp-json-jackson2");

    private final String type;
    private final String coordinates;

    OptionalLibrary(String type, String coordinates) {
        this.type = type;
        this.coordinates = coordinates;
    }

    /** Whether the library is on the class path of the bundle. */
    public boolean isPresent() {
        try {
            Class.forName(type, false, OptionalLibrary.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    /** Why a setting cannot be used without the library. */
    public String missingFor(String setting) {
        return setting + " needs " + coordinates + " on the class path: add the dependency";
    }

    /**
     * Checks the libraries that the settings need.
     *
     * @throws SettingsException with a line for each that is absent
     */
    public static void check(CamelContext context, ClaudeSettings settings) {
        List<String> mistakes = new ArrayList<>();
        String server = "camel.server.enabled";
        if (context.resolvePropertyPlaceholders("{{" + server + ":false}}").equals("true")) {
            HTTP_SERVER.require(server + "=true", mistakes);
        }
        settings.upstream().endpoints().forEach((name, endpoint) -> {
            if (endpoint.connection().version() == HttpVersion.HTTP_2) {
                VERTX.require("claude.endpoints." + name + ".http-version=2", mistakes);
            }
        });
        if (settings.operation().ledger().enabled()) {
            String url = settings.operation().ledger().store().url();
            (url.isEmpty() ? SQLITE : POSTGRESQL)
                    .require(url.isEmpty() ? "claude.ledger.enabled=true" : "claude.ledger.url", mistakes);
        }
        if (settings.operation().tracing().enabled()
                && context.getRegistry().findSingleByType(OpenTelemetry.class) == null) {
            OTLP.require("claude.tracing.enabled=true", mistakes);
        }
        settings.prompts()
                .templates()
                .forEach((name, file) -> TEMPLATES.require("claude.templates." + name + "=" + file, mistakes));
        settings.agents().mcp().keySet().forEach(name -> MCP.require("claude.mcp." + name, mistakes));
        settings.prompts().sources().forEach((name, source) -> {
            if (source.intake().batch()) {
                SQLITE.require("claude.sources." + name + ".batch=true", mistakes);
            }
            if (source.request().memory()) {
                boolean file = !settings.operation().ledger().enabled()
                        || settings.operation().ledger().store().url().isEmpty();
                (file ? SQLITE : POSTGRESQL).require("claude.sources." + name + ".memory=true", mistakes);
            }
            if (source.reply().outputSchema().isPresent()) {
                JSON_SCHEMA.require("claude.sources." + name + ".output-schema", mistakes);
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    private void require(String setting, List<String> mistakes) {
        if (!isPresent()) {
            mistakes.add(missingFor(setting));
        }
    }
}
