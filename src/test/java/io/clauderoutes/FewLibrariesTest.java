package io.clauderoutes;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Optional libraries are absent: the bundle works, and a setting that needs one is refused by name. */
class FewLibrariesTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern OPTIONAL = Pattern.compile(
            ".*/(vertx-|netty-|camel-vertx|camel-main|camel-platform-http|camel-micrometer|micrometer-registry-prometheus|prometheus-"
                    + "|sqlite-jdbc|postgresql|HikariCP|log4j-(core|slf4j|layout)|camel-management|json-schema-validator|itu-|jsonschema-|classmate"
                    + "|jackson-datatype-|mcp-|opentelemetry-(sdk|exporter)|reactor-core|reactive-streams|jmustache).*");

    @RegisterExtension
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path folder;

    private String run(String... settings) {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !OPTIONAL.matcher(entry).matches())
                .collect(Collectors.joining(File.pathSeparator));
        String[] arguments = new String[settings.length + 2];
        arguments[0] = claude.url().toString();
        arguments[1] = folder.resolve("data").toString();
        System.arraycopy(settings, 0, arguments, 2, settings.length);
        try (ChildJvm child = ChildJvm.start(classPath, FewLibrariesChild.class, folder.resolve("log"), arguments)) {
            Patience.until(() -> child.said().contains("done"), LIMIT, child::trouble);
            return child.said();
        }
    }

    @Test
    void a_prompt_is_answered_without_them() {
        claude.next(says("Very deep."));

        assertThat(run()).contains("reply: Very deep.").doesNotContain("NoClassDefFoundError");
    }

    @Test
    void an_output_schema_names_its_library() {
        assertThat(run("claude.sources.tray.uri=direct:tray", "claude.sources.tray.output-schema={}"))
                .contains(
                        "claude.sources.tray.output-schema needs com.networknt:json-schema-validator on the class path")
                .doesNotContain("NoClassDefFoundError");
    }

    @Test
    void a_server_of_tools_names_its_library() {
        assertThat(run("claude.mcp.files.command=files"))
                .contains("claude.mcp.files needs io.modelcontextprotocol.sdk:mcp-json-jackson2 on the class path")
                .doesNotContain("NoClassDefFoundError");
    }

    @ParameterizedTest
    @CsvSource({
        "camel.server.enabled=true, org.apache.camel:camel-platform-http-main",
        "claude.ledger.enabled=true, org.xerial:sqlite-jdbc",
        "claude.endpoints.primary.http-version=2, io.vertx:vertx-core",
        "claude.tracing.enabled=true, io.opentelemetry:opentelemetry-exporter-otlp and io.opentelemetry:opentelemetry-exporter-sender-jdk",
        "claude.templates.invoice=pom.xml, com.samskivert:jmustache",
    })
    void a_setting_that_needs_one_is_refused_by_name(String setting, String library) {
        assertThat(run(setting))
                .contains("failure: ")
                .contains(setting + " needs " + library + " on the class path: add the dependency")
                .doesNotContain("NoClassDefFoundError");
    }
}
