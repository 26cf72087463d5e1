package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.clauderoutes.component.ClaudeComponent;
import io.clauderoutes.project.ProjectFiles.Step;
import io.clauderoutes.project.ProjectFiles.YamlFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.catalog.CamelCatalog;
import org.apache.camel.catalog.DefaultCamelCatalog;
import org.apache.camel.catalog.EndpointValidationResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How YAML is written here: the form that Camel's tools write too, so that both people and tools can edit it. */
class YamlFormTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Schema SCHEMA = schema();
    private static final CamelCatalog CATALOG = catalog();
    private static final Set<String> LANGUAGES = Set.of(
            "constant",
            "csimple",
            "exchangeProperty",
            "header",
            "jq",
            "jsonpath",
            "method",
            "simple",
            "variable",
            "xpath");
    /** Maps in which the name of a language means something else. */
    private static final Set<String> NO_EIP = Set.of("parameters", "properties", "method");

    private static final Pattern HOST = Pattern.compile("[a-z]+://|\\blocalhost\\b|\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b");
    private static final Pattern SECRET = Pattern.compile("sk-[a-z]+-|Bearer |(?i)BEGIN [A-Z ]*PRIVATE KEY");
    private static final Pattern LIMIT = Pattern.compile("\\d+(\\.\\d+)?(ms|s|m|h)?");
    private static final Pattern COMPARISON =
            Pattern.compile("==|!=|=~|<=?|>=?|&&|\\|\\||\\b(contains|regex|in|is|range|startsWith|endsWith)\\b");

    static List<YamlFile> routes() {
        return ProjectFiles.routes();
    }

    static List<YamlFile> all() {
        return Stream.concat(ProjectFiles.routes().stream(), ProjectFiles.kamelets().stream())
                .toList();
    }

    private static Schema schema() {
        try (InputStream in = YamlFormTest.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4)
                    .getSchema(in);
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    @ParameterizedTest
    @MethodSource("routes")
    void a_route_file_is_what_camels_schema_says(YamlFile file) {
        assertThat(SCHEMA.validate(file.content()))
                .as("%s is not valid by schema/camelYamlDsl.json in the camel-yaml-dsl jar", file)
                .extracting(Error::toString)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.clauderoutes.project.ProjectFiles#kamelets")
    void the_steps_of_a_kamelet_are_what_camels_schema_says(YamlFile file) {
        ArrayNode document = JSON.createArrayNode();
        document.addObject()
                .putObject("route")
                .set("from", file.content().path("spec").path("template").path("from"));

        assertThat(SCHEMA.validate(document))
                .as("the template of %s is not valid by schema/camelYamlDsl.json in the camel-yaml-dsl jar", file)
                .extracting(Error::toString)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("routes")
    void a_route_file_holds_one_route(YamlFile file) {
        List<String> entries = new ArrayList<>();
        file.content().forEach(entry -> entry.fieldNames().forEachRemaining(entries::add));

        assertThat(entries)
                .as("%s: one file, one `- route:`; put another route into a file of its own", file)
                .containsExactly("route");
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_step_is_written_out(YamlFile file) {
        assertThat(ProjectFiles.steps(file.content()))
                .as("%s: write `to:` with `uri:` and `parameters:`, not a string behind the step", file)
                .allSatisfy(step -> assertThat(step.how().isObject())
                        .as("%s: %s", step.kind(), step.how())
                        .isTrue());
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_uri_names_a_component_and_nothing_more(YamlFile file) {
        Map<String, String> uris = new HashMap<>();
        ProjectFiles.each(file.content(), (key, value) -> {
            if (key.equals("uri") && !value.asText().equals("kamelet:source")) {
                uris.put(value.asText(), file.name());
            }
        });

        assertThat(uris.keySet())
                .as("%s: write what stands behind the : or the ? as `parameters:`", file)
                .allSatisfy(uri -> assertThat(uri).matches("[a-z][a-z0-9-]*"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void an_expression_is_written_out(YamlFile file) {
        List<String> compact = new ArrayList<>();
        ProjectFiles.each(file.content(), (key, value) -> value.properties().stream()
                .filter(entry -> LANGUAGES.contains(entry.getKey()))
                .filter(entry -> key.equals("expression") ? !entry.getValue().isObject() : !NO_EIP.contains(key))
                .forEach(entry -> compact.add(key + ": " + entry)));

        assertThat(compact)
                .as(
                        "%s: write `expression:`, below it the language, below that `expression:` or `ref:` and `method:`",
                        file)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("all")
    void an_expression_is_at_most_one_comparison(YamlFile file) {
        List<String> clever = new ArrayList<>();
        ProjectFiles.each(file.content(), (key, value) -> {
            if (key.equals("expression")
                    && value.isTextual()
                    && COMPARISON.matcher(value.asText()).results().count() > 1) {
                clever.add(value.asText());
            }
        });

        assertThat(clever)
                .as("%s: make it a method with a name, of a bean of the stage", file)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("all")
    void what_an_operator_may_change_is_a_setting(YamlFile file) {
        List<String> literals = new ArrayList<>();
        ProjectFiles.each(file.content(), (key, value) -> {
            if (key.equals("parameters")) {
                value.properties().stream()
                        .filter(parameter -> parameter.getValue().isNumber()
                                || LIMIT.matcher(parameter.getValue().asText()).matches())
                        .forEach(parameter -> literals.add(parameter.toString()));
            } else if (value.isTextual()
                    && !key.equals("apiVersion")
                    && (HOST.matcher(value.asText()).find()
                            || SECRET.matcher(value.asText()).find())) {
                literals.add(key + "=" + value.asText());
            }
        });

        assertThat(literals)
                .as("%s: write {{claude.…}} and give it a value in application.properties", file)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("all")
    void no_body_is_logged(YamlFile file) {
        assertThat(ProjectFiles.steps(file.content()))
                .as("%s: prompts and answers are no log lines; log ids, counts and durations", file)
                .filteredOn(step -> step.kind().equals("log"))
                .extracting(step -> step.how().toString())
                .noneMatch(log -> log.contains("body") || log.contains("${message"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothing_that_a_message_says_is_used_as_an_address(YamlFile file) {
        assertThat(ProjectFiles.steps(file.content()))
                .as("%s: an address comes from the settings; use `to:`", file)
                .extracting(Step::kind)
                .doesNotContain("toD", "recipientList", "routingSlip", "dynamicRouter");
    }

    @ParameterizedTest
    @MethodSource("all")
    void the_parameters_of_a_step_are_options_of_its_component(YamlFile file) {
        Stream<Step> endpoints = ProjectFiles.steps(file.content()).stream().filter(step -> CATALOG.findComponentNames()
                .contains(step.how().path("uri").asText()));

        assertThat(endpoints)
                .as("%s: see the component's page for its options", file)
                .allSatisfy(step -> assertThat(mistakes(step)).as(step.id()).isEmpty());
    }

    /** Camel's components and ours. */
    private static CamelCatalog catalog() {
        CamelCatalog catalog = new DefaultCamelCatalog();
        catalog.addComponent(
                "claude",
                ClaudeComponent.class.getName(),
                ProjectFiles.text(Path.of("src/generated/resources/META-INF/io/clauderoutes/component/claude.json")));
        return catalog;
    }

    private static String mistakes(Step step) throws URISyntaxException {
        Map<String, String> parameters = new HashMap<>();
        step.how()
                .path("parameters")
                .properties()
                .forEach(
                        entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
        String scheme = step.how().path("uri").asText();
        EndpointValidationResult result = CATALOG.validateEndpointProperties(
                CATALOG.asEndpointUri(scheme, parameters, false), false, false, true);
        return result.isSuccess() ? "" : result.summaryErrorMessage(true);
    }

    @Test
    void the_rules_see_the_files_that_they_are_about() {
        assertThat(ProjectFiles.stages())
                .extracting(YamlFile::name)
                .containsExactly(
                        "10-source.camel.yaml",
                        "20-throttle.camel.yaml",
                        "30-cache.camel.yaml",
                        "40-call.camel.yaml",
                        "50-split.camel.yaml",
                        "60-redact.camel.yaml",
                        "70-fan-out.camel.yaml");
        assertThat(all().stream()
                        .mapToLong(file -> ProjectFiles.steps(file.content()).size())
                        .sum())
                .isGreaterThan(40);
    }

    @Test
    void the_schema_notices_what_is_wrong() throws IOException {
        JsonNode wrong = JSON.readTree("""
                [{"route": {"from": {"uri": "direct", "steps": [{"sendTo": {"uri": "direct"}}]}}}]""");

        assertThat(SCHEMA.validate(wrong)).isNotEmpty();
    }
}
