package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.cli.ProcessMeters;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The alert rules and the dashboard, against what the bundle exposes. */
@Timeout(120)
class MonitoringTest {

    private static final Path DASHBOARDS = Path.of("src/docs/dashboards");
    private static final Pattern SERIES = Pattern.compile("\\b((?:claude|gen_ai|jvm|process)_[a-z_]+)(?:\\{([^}]*)})?");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)");
    private static final Pattern SAMPLE = Pattern.compile("^([a-z_]+)(?:\\{(.*)})? [^ ]+$", Pattern.MULTILINE);

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @TempDir
    Path data;

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .withBean("metricsRegistry", registry)
            .with("claude.ledger.enabled", "true")
            .with("claude.budgets.default.usd", "5")
            .with("claude.budgets.default.period", "day")
            .with("claude.credentials.signer.kind", "jwt")
            .with("claude.credentials.signer.key", "of-32-bytes-for-the-tests-of-meters")
            .with("claude.credentials.signer.issuer", "tests")
            .with("claude.checks.polite.forbidden-pattern", "damn")
            .with("claude.sinks.answers.uri", "mock:answers")
            .with("claude.sources.inbox.uri", "direct:inbox")
            .with("claude.sources.inbox.dead-letter", "mock:letters")
            .withHttpDoor();

    private String scraped() throws Exception {
        bundle.with("claude.data", data.toString());
        ProcessMeters.bindTo(registry);
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:depth?description=Depth").setBody().constant("7 metres");
            }
        });
        claude.next(StubReply.asks("I look.", "toolu_1 depth {}"), StubReply.says("Deep."), StubReply.says("damn"));
        Map<String, Object> headers = Map.of(ClaudeHeaders.MODEL, "claude-sonnet-5-5", ClaudeHeaders.TOOLS, "depth");
        bundle.ask("How deep?", headers);
        bundle.failure("How rude?", Map.of(ClaudeHeaders.MODEL, "claude-sonnet-5-5", ClaudeHeaders.CHECKS, "polite"));
        Bundle.until(() -> registry.scrape().contains("claude_cost_dollars_total{"));
        return registry.scrape();
    }

    /** Runs promtool, which the Debian package prometheus has; without it the test is skipped. */
    private static String promtool(Path folder, String input, String... arguments)
            throws IOException, InterruptedException {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "promtool")));
        assumeTrue(there, "promtool is not installed (Debian package prometheus)");
        List<String> command =
                Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        try (var out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + "\n" + said;
    }

    @Test
    void promtool_finds_nothing_wrong_with_the_meters() throws Exception {
        assertThat(promtool(data, scraped(), "check", "metrics")).isEqualTo("0\n");
    }

    @Test
    void each_rule_fires_in_one_case_and_is_silent_in_another() throws Exception {
        assertThat(promtool(DASHBOARDS, "", "test", "rules", "claude-routes.rules.test.yml"))
                .startsWith("0\n");
    }

    @Test
    void each_rule_has_both_cases() throws IOException {
        String tests = Files.readString(DASHBOARDS.resolve("claude-routes.rules.test.yml"));
        Matcher alerts = Pattern.compile("alert: (\\w+)")
                .matcher(Files.readString(DASHBOARDS.resolve("claude-routes.rules.yml")));

        while (alerts.find()) {
            assertThat(tests).contains(alerts.group(1) + " fires", alerts.group(1) + " is silent");
        }
    }

    @Test
    void the_dashboard_asks_for_series_and_labels_that_exist() throws Exception {
        Set<String> known = series(scraped());
        JsonNode dashboard = new ObjectMapper()
                .readTree(DASHBOARDS.resolve("claude-routes.json").toFile());
        List<String> queries = dashboard.findValuesAsText("expr");

        assertThat(queries).isNotEmpty();
        for (String query : queries) {
            Matcher asked = SERIES.matcher(query);
            while (asked.find()) {
                assertThat(known).as(query).contains(asked.group(1));
                Matcher label = LABEL.matcher(asked.group(2) == null ? "" : asked.group(2));
                while (label.find()) {
                    assertThat(known).as(query).contains(asked.group(1) + ":" + label.group(1));
                }
            }
        }
    }

    @Test
    void the_alert_rules_ask_for_series_and_labels_that_exist() throws Exception {
        Set<String> known = series(scraped());
        Matcher asked = SERIES.matcher(Files.readString(DASHBOARDS.resolve("claude-routes.rules.yml"))
                .replaceAll("(?m)^.*(summary|alert):.*$", ""));

        while (asked.find()) {
            assertThat(known).contains(asked.group(1));
        }
    }

    /** Names of series, and names with each of their labels. */
    private static Set<String> series(String scrape) {
        Set<String> series = new TreeSet<>();
        Matcher sample = SAMPLE.matcher(scrape);
        while (sample.find()) {
            series.add(sample.group(1));
            Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
            while (label.find()) {
                series.add(sample.group(1) + ":" + label.group(1));
            }
        }
        return new HashSet<>(series);
    }
}
