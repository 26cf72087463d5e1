package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.project.ProjectFiles.Step;
import io.clauderoutes.project.ProjectFiles.YamlFile;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How routes, steps, headers and meters are called. */
class NamesTest {

    private static final Path JAVA = Path.of("src/main/java");
    private static final Pattern STAGE = Pattern.compile("(\\d0)-([a-z-]+)\\.camel\\.yaml");
    private static final Pattern HEADER_NAME = Pattern.compile("CamelClaude[A-Za-z]*");

    @Nested
    class A_stage {

        static List<YamlFile> stages() {
            return ProjectFiles.stages();
        }

        private static MatchResult named(YamlFile file) {
            var name = STAGE.matcher(file.name());
            assertThat(name.matches())
                    .as("%s: a stage file is called <number>-<stage>.camel.yaml; other routes go into a folder", file)
                    .isTrue();
            return name.toMatchResult();
        }

        private static JsonNode route(YamlFile file) {
            return file.content().path(0).path("route");
        }

        @ParameterizedTest
        @MethodSource("stages")
        void is_called_like_its_file(YamlFile file) {
            assertThat(route(file).path("id").asText())
                    .as("the id of the route in %s", file)
                    .isEqualTo("claude-" + named(file).group(2));
        }

        @ParameterizedTest
        @MethodSource("stages")
        void says_in_one_line_what_it_does(YamlFile file) {
            assertThat(route(file).path("description").asText())
                    .as("the description of the route in %s", file)
                    .isNotBlank()
                    .doesNotContain("\n")
                    .hasSizeLessThan(120);
        }

        @ParameterizedTest
        @MethodSource("stages")
        void starts_after_the_stages_that_it_calls(YamlFile file) {
            assertThat(route(file).path("startupOrder").asInt())
                    .as(
                            "the startupOrder in %s: 10 for the last stage up to 70 for the first, so that the first stops first",
                            file)
                    .isEqualTo(80 - Integer.parseInt(named(file).group(1)));
        }

        @ParameterizedTest
        @MethodSource("stages")
        void is_reached_by_its_name(YamlFile file) {
            String stage = named(file).group(2);
            JsonNode from = route(file).path("from");

            assertThat(from.path("uri").asText() + ":"
                            + from.path("parameters").path("name").asText())
                    .as("where %s begins", file)
                    .isEqualTo(stage.equals("source") ? "direct:claude" : "direct:claude-" + stage);
        }

        @ParameterizedTest
        @MethodSource("stages")
        void has_a_name_for_each_step(YamlFile file) {
            String stage = named(file).group(2);

            assertThat(ProjectFiles.steps(file.content()))
                    .as("%s: give each step an id, claude-%s-<what it does here>", file, stage)
                    .isNotEmpty()
                    .allSatisfy(
                            step -> assertThat(step.id()).as(step.kind()).matches("claude-" + stage + "(-[a-z0-9]+)+"));
        }
    }

    @Test
    void no_two_steps_or_routes_have_the_same_name() {
        Stream<String> routes = ProjectFiles.routes().stream()
                .map(file -> file.content().path(0).path("route").path("id").asText());
        Stream<String> steps = ProjectFiles.routes().stream()
                .flatMap(file -> ProjectFiles.steps(file.content()).stream())
                .map(Step::id);

        assertThat(Stream.concat(routes, steps))
                .as("meters and people find a step by its id")
                .doesNotHaveDuplicates();
    }

    @Nested
    class A_header {

        private static Map<String, String> constants() {
            return Arrays.stream(ClaudeHeaders.class.getFields())
                    .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == String.class)
                    .filter(field -> !List.of(
                                    "REQUEST",
                                    "ATTEMPT",
                                    "READER",
                                    "ROUTE_SINKS",
                                    "ROUTE_TOOLS",
                                    "TOOL_CALLS",
                                    "SOURCE_ID",
                                    "REDACT_POLICY",
                                    "LIMITS",
                                    "CLIENT",
                                    "FAILURE_LOGGED",
                                    "RESPONSE_ID",
                                    "TRIED_AGAIN")
                            .contains(field.getName()))
                    .collect(Collectors.toMap(Field::getName, A_header::value));
        }

        private static String value(Field field) {
            try {
                return (String) field.get(null);
            } catch (IllegalAccessException hidden) {
                throw new IllegalStateException(hidden);
            }
        }

        @Test
        void is_called_like_its_constant() {
            Map<String, String> expected = new TreeMap<>();
            constants().keySet().forEach(name -> expected.put(name, "CamelClaude" + pascalCase(name)));

            assertThat(constants())
                    .as("a header is CamelClaude + PascalCase, so that nobody sets it from outside and none leaks out")
                    .isEqualTo(expected);
        }

        private static String pascalCase(String constant) {
            return Arrays.stream(constant.split("_"))
                    .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining());
        }

        @Test
        void says_its_direction_and_its_meaning() {
            String source = ProjectFiles.text(JAVA.resolve("io/clauderoutes/ClaudeHeaders.java"));

            assertThat(constants().keySet())
                    .as("write above each constant: /** In: …, Out: …, From <whom>: … or To <whom>: … and its type */")
                    .allSatisfy(name -> assertThat(source)
                            .containsPattern(
                                    "/\\*\\* (In|Out|(From|To) [a-z ]+): [^*]+\\*/\\s+(@Metadata\\([^)]*\\)\\s+)?public static final String "
                                            + name + " ="));
        }

        @Test
        void is_an_option_exactly_if_it_comes_in() {
            String source = ProjectFiles.text(JAVA.resolve("io/clauderoutes/ClaudeHeaders.java"));
            List<String> in = Pattern.compile(
                            "/\\*\\* In: [^*]+\\*/\\s+(?:@Metadata\\([^)]*\\)\\s+)?public static final String (\\w+) =")
                    .matcher(source)
                    .results()
                    .map(found -> constants().get(found.group(1)))
                    .toList();

            assertThat(ClaudeHeaders.options())
                    .as("ClaudeHeaders.options() are the headers described as In")
                    .containsExactlyInAnyOrderElementsOf(in);
        }

        @Test
        void is_written_only_once_in_java() {
            assertThat(ProjectFiles.files(JAVA, ".java"))
                    .as("use the constant of ClaudeHeaders")
                    .filteredOn(file -> !file.endsWith("ClaudeHeaders.java"))
                    .filteredOn(file -> ProjectFiles.text(file).contains("\"CamelClaude"))
                    .isEmpty();
        }

        @Test
        void is_known_wherever_it_is_spoken_of() {
            List<Path> speaking = Stream.of(
                            ProjectFiles.files(ProjectFiles.ROUTES, ".yaml"),
                            ProjectFiles.files(ProjectFiles.KAMELETS, ".yaml"),
                            List.of(ProjectFiles.SETTINGS),
                            Files.exists(ProjectFiles.README) ? List.of(ProjectFiles.README) : List.<Path>of())
                    .flatMap(List::stream)
                    .toList();

            assertThat(speaking)
                    .as("a header that is not in ClaudeHeaders: misspelt, or gone")
                    .allSatisfy(file -> assertThat(HEADER_NAME
                                    .matcher(ProjectFiles.text(file))
                                    .results()
                                    .map(MatchResult::group)
                                    .filter(name -> !name.equals("CamelClaude")))
                            .isSubsetOf(constants().values()));
        }

        @Test
        void stands_in_the_page_of_the_component_if_callers_meet_it() {
            String page = ProjectFiles.text(Path.of("src/docs/component.md"));
            String table = page.substring(page.indexOf("## Headers"), page.indexOf("## The body"));

            assertThat(ClaudeHeaders.options())
                    .as("the table of headers in component.md: add the header, or take it out of ClaudeHeaders")
                    .allSatisfy(header -> assertThat(table).contains("`" + header + "`"));
        }
    }

    @Nested
    class A_meter {

        private static final Path METERS = JAVA.resolve("io/clauderoutes/meters");
        private static final Pattern METER_NAME = Pattern.compile("\"((?:claude|gen_ai)\\.[^\"{ ]*)\"");
        private static final Pattern GIVES_A_METER_ITS_NAME =
                Pattern.compile("\\b(gauge|counter|timer|builder)\\(\\s*\"(claude|gen_ai)\\.");
        private static final List<String> OPEN_TELEMETRY = List.of(
                "gen_ai.client.operation.duration",
                "gen_ai.client.operation.time_to_first_chunk",
                "gen_ai.client.token.usage",
                "gen_ai.",
                "gen_ai.provider.name",
                "gen_ai.operation.name",
                "gen_ai.request.model",
                "gen_ai.token.type");

        private static String source() {
            return ProjectFiles.files(METERS, ".java").stream()
                    .map(ProjectFiles::text)
                    .collect(Collectors.joining());
        }

        private static List<String> names() {
            return METER_NAME
                    .matcher(source())
                    .results()
                    .map(found -> found.group(1))
                    .distinct()
                    .toList();
        }

        @Test
        void is_called_as_open_telemetry_calls_it_or_is_our_own() {
            assertThat(names())
                    .as("OpenTelemetry's GenAI name where there is one, claude.<stage>.<what> otherwise")
                    .hasSizeGreaterThan(10)
                    .allSatisfy(name -> assertThat(OPEN_TELEMETRY.contains(name) || name.matches("claude(\\.[a-z]+)+"))
                            .as(name)
                            .isTrue());
        }

        @Test
        void says_when_it_moves() {
            String source = source();

            assertThat(names())
                    .as("name the meter in the comment above the method that moves it")
                    .filteredOn(name -> name.startsWith("claude."))
                    .allSatisfy(name -> assertThat(source)
                            .containsPattern("\\{@code\\s+(\\*\\s+)?" + Pattern.quote(name) + "[{}]"));
        }

        @Test
        void has_its_name_from_the_package_of_meters() {
            assertThat(ProjectFiles.files(JAVA, ".java"))
                    .as("all names and tags stand in the package meters: add a method there that says what it counts")
                    .filteredOn(file -> !file.startsWith(METERS))
                    .filteredOn(file -> GIVES_A_METER_ITS_NAME
                            .matcher(ProjectFiles.text(file))
                            .find())
                    .isEmpty();
        }
    }
}
