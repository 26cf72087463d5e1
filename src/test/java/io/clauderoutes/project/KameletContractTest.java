package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.project.ProjectFiles.YamlFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A kamelet is a contract with route authors: what it can be told is titled, typed, told once, and used. */
class KameletContractTest {

    private static final String ENDING = ".kamelet.yaml";
    private static final String TYPE = "camel.apache.org/kamelet.type";
    private static final Set<String> KINDS = Set.of("source", "action", "sink");
    private static final Set<String> TYPES = Set.of("string", "integer", "number", "boolean", "array", "object");
    private static final Set<String> OPERATIONS = Set.of("messages", "batch", "redact");
    private static final Pattern SECRET = Pattern.compile("(?i).*(password|secret|token(?!s)|api-?key|credential).*");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^}]*)}}");

    static List<YamlFile> kamelets() {
        return ProjectFiles.kamelets();
    }

    private static JsonNode definition(YamlFile file) {
        return file.content().path("spec").path("definition");
    }

    private static JsonNode template(YamlFile file) {
        return file.content().path("spec").path("template");
    }

    private static Set<Map.Entry<String, JsonNode>> parameters(YamlFile file) {
        return definition(file).path("properties").properties();
    }

    private static List<String> required(YamlFile file) {
        List<String> required = new ArrayList<>();
        definition(file).path("required").forEach(name -> required.add(name.asText()));
        return required;
    }

    private static String name(YamlFile file) {
        return file.content().path("metadata").path("name").asText();
    }

    private static String kind(YamlFile file) {
        return name(file).substring(name(file).lastIndexOf('-') + 1);
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void is_a_kamelet_of_camels_first_version(YamlFile file) {
        assertThat(file.content().path("apiVersion").asText()).isEqualTo("camel.apache.org/v1");
        assertThat(file.content().path("kind").asText()).isEqualTo("Kamelet");
        assertThat(definition(file).path("type").asText()).isEqualTo("object");
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void is_called_like_its_file_and_ends_in_its_kind(YamlFile file) {
        assertThat(file.name())
                .as("the file's name is metadata.name + %s", ENDING)
                .isEqualTo(name(file) + ENDING);
        assertThat(name(file)).matches("claude(-[a-z]+)+-(source|action|sink)");
        assertThat(KINDS).contains(kind(file));
        assertThat(file.content().path("metadata").path("labels").path(TYPE).asText())
                .as("the label %s of %s", TYPE, file)
                .isEqualTo(kind(file));
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void has_a_title_that_is_its_name(YamlFile file) {
        assertThat(definition(file).path("title").asText())
                .as("the title of %s is its name in words, its kind last", file)
                .isEqualToIgnoringCase(name(file).replace('-', ' '));
        assertThat(definition(file).path("title").asText().split(" "))
                .allSatisfy(word -> assertThat(word.charAt(0)).isUpperCase());
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void says_what_it_does_in_a_sentence(YamlFile file) {
        assertThat(definition(file).path("description").asText()).isNotBlank().endsWith(".");
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void explains_each_parameter(YamlFile file) {
        assertThat(parameters(file))
                .as("%s: a parameter has title, description and type", file)
                .allSatisfy(parameter -> {
                    assertThat(parameter.getValue().path("title").asText()).isNotBlank();
                    assertThat(parameter.getValue().path("title").asText().charAt(0))
                            .isUpperCase();
                    assertThat(parameter.getValue().path("description").asText())
                            .isNotBlank();
                    assertThat(TYPES).contains(parameter.getValue().path("type").asText());
                });
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void can_do_without_a_parameter_or_requires_it(YamlFile file) {
        assertThat(parameters(file))
                .as("%s: a parameter has a default or a place in `required`, and not both", file)
                .allSatisfy(parameter -> assertThat(parameter.getValue().has("default"))
                        .as(parameter.getKey())
                        .isNotEqualTo(required(file).contains(parameter.getKey())));
        assertThat(required(file))
                .as("%s requires what it does not declare", file)
                .allSatisfy(
                        name -> assertThat(definition(file).path("properties").has(name))
                                .isTrue());
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void has_defaults_of_the_type_that_they_are_said_to_be(YamlFile file) {
        assertThat(parameters(file)).allSatisfy(parameter -> {
            JsonNode value = parameter.getValue().path("default");
            String type = parameter.getValue().path("type").asText();
            if (!value.isMissingNode()) {
                assertThat(value.getNodeType().name().toLowerCase(Locale.ROOT))
                        .as("%s: the default of %s", file, parameter.getKey())
                        .isEqualTo(type.equals("integer") ? "number" : type);
            }
            if (parameter.getValue().has("enum") && !value.isMissingNode()) {
                assertThat(parameter.getValue().path("enum")).contains(value);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void titles_no_two_parameters_the_same(YamlFile file) {
        assertThat(parameters(file))
                .extracting(parameter -> parameter.getValue().path("title").asText())
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void uses_what_it_declares_and_declares_what_it_uses(YamlFile file) {
        Set<String> used = new TreeSet<>();
        PLACEHOLDER.matcher(template(file).toString()).results().forEach(found -> used.add(found.group(1)));
        used.removeIf(name -> name.startsWith("claude."));
        List<String> declared = parameters(file).stream().map(Map.Entry::getKey).toList();

        assertThat(used)
                .as("%s: take away the parameter that is not used, or declare the one that is", file)
                .containsExactlyInAnyOrderElementsOf(declared);
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void marks_secrets_as_such(YamlFile file) {
        assertThat(parameters(file))
                .as("%s: a secret has `format: password` and `x-descriptors: [urn:camel:group:credentials]`", file)
                .filteredOn(parameter -> SECRET.matcher(parameter.getKey()).matches())
                .allSatisfy(parameter -> {
                    assertThat(parameter.getValue().path("format").asText()).isEqualTo("password");
                    assertThat(parameter.getValue().path("x-descriptors").toString())
                            .contains("urn:camel:group:credentials");
                });
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void takes_any_model(YamlFile file) {
        assertThat(parameters(file))
                .filteredOn(parameter -> parameter.getKey().equals("model"))
                .as("%s: models come and go; the model is a free string with an example", file)
                .allSatisfy(parameter -> {
                    assertThat(parameter.getValue().has("enum")).isFalse();
                    assertThat(parameter.getValue().path("example").asText()).startsWith("claude-");
                });
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void begins_where_its_kind_begins(YamlFile file) {
        String begin = template(file).path("from").path("uri").asText();
        if (kind(file).equals("source")) {
            assertThat(template(file).toString()).contains("kamelet:sink");
        } else {
            assertThat(begin)
                    .as("%s is used by a route, so it starts from it", file)
                    .isEqualTo("kamelet:source");
        }
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void is_a_face_of_one_endpoint(YamlFile file) {
        assertThat(ProjectFiles.steps(template(file)))
                .as("%s: what decides or transforms is a stage or a bean; a kamelet calls the component, once", file)
                .singleElement()
                .satisfies(step -> {
                    assertThat(step.kind()).isEqualTo("to");
                    assertThat(step.how().path("uri").asText()).isEqualTo("claude");
                    assertThat(OPERATIONS)
                            .contains(step.how()
                                    .path("parameters")
                                    .path("operation")
                                    .asText());
                });
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void hands_each_parameter_to_the_option_of_its_name(YamlFile file) {
        JsonNode options = ProjectFiles.steps(template(file)).get(0).how().path("parameters");

        assertThat(parameters(file))
                .as("%s: an option of the endpoint is called like the parameter", file)
                .allSatisfy(
                        parameter -> assertThat(options.path(parameter.getKey()).asText())
                                .isEqualTo("{{" + parameter.getKey() + "}}"));
    }

    @Test
    void tells_the_same_parameter_in_the_same_words_everywhere() {
        Map<String, Set<String>> tellings = new java.util.TreeMap<>();
        kamelets().forEach(file -> parameters(file).stream()
                .filter(parameter -> !parameter.getKey().equals("sinks"))
                .forEach(parameter -> tellings.computeIfAbsent(parameter.getKey(), name -> new TreeSet<>())
                        .add(parameter.getValue().toString())));

        assertThat(tellings)
                .as("the same parameter, told in two ways: take one of them for all kamelets")
                .allSatisfy((name, told) -> assertThat(told).hasSize(1));
    }

    @Test
    void the_rules_see_the_kamelets_that_the_design_promises() {
        assertThat(kamelets())
                .extracting(KameletContractTest::name)
                .contains(
                        "claude-messages-action",
                        "claude-batch-sink",
                        "claude-messages-sink",
                        "claude-redact-action",
                        "claude-stream-action");
    }
}
