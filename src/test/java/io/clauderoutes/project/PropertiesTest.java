package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.clauderoutes.KnownSettings;
import io.clauderoutes.project.ProjectFiles.YamlFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code application.properties} is the one place where settings are told, and it tells all of them. */
class PropertiesTest {

    private static final Pattern KEY = Pattern.compile("([a-zA-Z][^\\s=]*)\\s*=\\s?(.*)");
    private static final Pattern EXAMPLE = Pattern.compile("(claude\\.[a-z.<>-]+<name>[a-z.-]*) =");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^}]*)}}");
    private static final Pattern TIME = Pattern.compile(
            ".*\\.([a-z-]+-)?(wait|delay|max-delay|timeout|keep-alive|time-to-live|deadline|latency|open|"
                    + "retry-after-max|latency-p99|stickiness|silence|hold|hold-max|slow-start|interval|interval-out|interval-max|remembered|duration)");
    private static final Pattern COUNTED = Pattern.compile(
            ".*[.-](in-flight|rate|capacity|workers|tokens|attempts|redeliveries|connections|minute|second|percent|bytes|window|calls"
                    + "|rounds|tools|length|buffer|port|ms|usd|priority|weight|failures|probes|version|size|files|messages|requests|slots|sigma|factor)");
    /** Settings that say what a thing is like, not whether there is one. */
    private static final Set<String> QUALITIES = Set.of("chunks", "validated", "batch", "memory");

    private record Setting(String key, String value, boolean commented) {

        String pattern(Set<String> known) {
            return known.contains(key)
                    ? key
                    : known.stream()
                            .filter(pattern ->
                                    key.matches(pattern.replace(".", "\\.").replace("*", "[^.]+")))
                            .findFirst()
                            .orElse(key);
        }

        boolean isNumber() {
            return value.matches("\\d+(\\.\\d+)?");
        }
    }

    private static List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        boolean commented = false;
        for (String line : lines()) {
            var key = KEY.matcher(line);
            if (line.startsWith("#")) {
                commented = !line.contains("-----");
            } else if (line.isBlank()) {
                commented = false;
            } else if (key.matches()) {
                settings.add(new Setting(key.group(1), key.group(2).trim(), commented));
            } else {
                throw new IllegalStateException("application.properties: neither key nor comment: " + line);
            }
        }
        return settings;
    }

    private static List<String> lines() {
        return Arrays.asList(ProjectFiles.text(ProjectFiles.SETTINGS).split("\\R"));
    }

    private static List<Setting> ours() {
        return settings().stream()
                .filter(setting -> setting.key().startsWith("claude."))
                .toList();
    }

    @Test
    void every_setting_that_is_read_stands_in_application_properties() {
        Set<String> known = KnownSettings.keys();
        Set<String> told =
                ours().stream().map(setting -> setting.pattern(known)).collect(Collectors.toSet());
        EXAMPLE.matcher(ProjectFiles.text(ProjectFiles.SETTINGS))
                .results()
                .map(found -> found.group(1).replace("<name>", "*"))
                .forEach(told::add);

        Set<String> untold = new TreeSet<>(known);
        untold.removeAll(told);

        assertThat(untold)
                .as("add it to application.properties with its default, below a comment with meaning and unit")
                .isEmpty();
    }

    @Test
    void every_setting_in_application_properties_is_read() {
        Set<String> known = KnownSettings.keys();

        assertThat(ours())
                .as("nobody reads it: misspelt, or gone from ClaudeSettings")
                .extracting(setting -> setting.pattern(known))
                .isSubsetOf(known);
    }

    @Test
    void each_setting_that_takes_effect_at_once_is_one_and_stands_in_the_page() {
        String page = ProjectFiles.text(Path.of("src/docs/configure.md"));

        assertThat(KnownSettings.live()).allSatisfy(pattern -> {
            String beginning = pattern.replaceAll("\\*\\*$", "");
            assertThat(KnownSettings.keys()).anyMatch(key -> key.startsWith(beginning));
            String told = pattern.endsWith("**") ? "`" + beginning + "*`" : "." + last(pattern) + "`";
            assertThat(page).satisfiesAnyOf(text -> assertThat(text).contains(told), text -> assertThat(text)
                    .contains("`" + pattern + "`"));
        });
    }

    @Test
    void every_setting_stands_below_a_comment() {
        assertThat(ours())
                .as("say above it what it means, its unit, and when one would change it")
                .filteredOn(setting -> !setting.commented())
                .extracting(Setting::key)
                .isEmpty();
    }

    @Test
    void no_setting_is_told_twice() {
        assertThat(settings()).extracting(Setting::key).doesNotHaveDuplicates();
    }

    @Test
    void settings_come_in_the_order_of_the_stages() {
        List<String> sections = ours().stream()
                .map(setting -> setting.key().split("\\.", -1)[1])
                .map(section ->
                        section.replaceFirst("^enabled$|^routes-reload$|^settings-reload$|^data$|^shutdown$", "routes"))
                .distinct()
                .toList();

        assertThat(sections)
                .containsExactly(
                        "routes",
                        "source",
                        "sources",
                        "agent",
                        "memory",
                        "mcp",
                        "throttle",
                        "cache",
                        "call",
                        "batch",
                        "endpoints",
                        "credentials",
                        "split",
                        "prediction",
                        "redact",
                        "checks",
                        "fan-out",
                        "sinks",
                        "gateway",
                        "resume",
                        "console",
                        "ledger",
                        "budgets",
                        "limits",
                        "log",
                        "tracing",
                        "install",
                        "simulator");
    }

    @Test
    void every_default_makes_sense_with_the_others() {
        Map<String, String> values = new TreeMap<>();
        ours().forEach(setting ->
                values.put(setting.key(), PLACEHOLDER.matcher(setting.value()).replaceAll("")));

        assertThatCode(() -> KnownSettings.of(values)).doesNotThrowAnyException();
    }

    @Test
    void keys_are_written_in_kebab_case() {
        assertThat(settings()).extracting(Setting::key).allSatisfy(key -> assertThat(key)
                .matches("(claude|camel)(\\.([a-z][a-z0-9]*(-[a-z0-9]+)*|\\*))+"));
    }

    @Test
    void a_switch_ends_in_enabled() {
        assertThat(ours())
                .as("a setting that is true or false is a switch: call it <what>.enabled")
                .filteredOn(setting ->
                        setting.value().equals("true") || setting.value().equals("false"))
                .extracting(Setting::key)
                .allMatch(key -> key.endsWith(".enabled") || QUALITIES.contains(last(key)));
    }

    @Test
    void a_switch_says_what_it_switches_on() {
        assertThat(ours())
                .as("turn it round: true is to mean that something is there")
                .extracting(Setting::key)
                .noneMatch(key -> key.matches(".*[.-](no|not|non|without|disabled?|skip|ignore|suppress)([.-].*)?"));
    }

    @Test
    void a_time_is_written_with_its_unit() {
        assertThat(ours())
                .as("write 250ms, 30s, 10m or 1h")
                .filteredOn(setting -> TIME.matcher(setting.key()).matches())
                .hasSizeGreaterThan(10)
                .allSatisfy(setting -> assertThat(setting.value()).matches("\\d+(ms|s|m|h|d)"));
    }

    @Test
    void a_bare_number_says_what_it_counts() {
        assertThat(ours())
                .as("end the key in what is counted, or in its unit: -bytes, -percent, -ms")
                .filteredOn(Setting::isNumber)
                .extracting(Setting::key)
                .allSatisfy(key -> assertThat(key).matches(COUNTED));
    }

    static Stream<YamlFile> yaml() {
        return Stream.concat(ProjectFiles.routes().stream(), ProjectFiles.kamelets().stream());
    }

    @ParameterizedTest
    @MethodSource("yaml")
    void every_setting_that_a_route_names_stands_in_application_properties(YamlFile file) {
        Set<String> told = new HashSet<>();
        settings().forEach(setting -> told.add(setting.key()));

        assertThat(placeholders(file).filter(name -> name.startsWith("claude")).map(name -> name.replaceAll(":.*", "")))
                .as("%s names a setting that application.properties does not have", file)
                .isSubsetOf(told);
    }

    @ParameterizedTest
    @MethodSource("yaml")
    void no_route_has_a_default_of_its_own(YamlFile file) {
        assertThat(placeholders(file).filter(name -> name.contains(":") || name.contains("?")))
                .as("%s: defaults stand in application.properties alone, those of a kamelet in its definition", file)
                .isEmpty();
    }

    private static Stream<String> placeholders(YamlFile file) {
        return PLACEHOLDER.matcher(ProjectFiles.text(file.path())).results().map(found -> found.group(1));
    }

    private static String last(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }
}
