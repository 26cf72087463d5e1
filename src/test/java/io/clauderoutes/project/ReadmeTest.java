package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the README shows is what a newcomer sees. */
@Timeout(120)
class ReadmeTest {

    private static final String README = read(Path.of("README.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Test
    void the_answer_that_it_shows_is_the_answer_to_the_sample_prompt() throws IOException {
        // A bundle that was started here, as the README says, has moved it.
        Path sample = Path.of("inbox/hello.txt");
        String prompt = Files.readString(Files.exists(sample) ? sample : Path.of("inbox/.done/hello.txt"));

        try (Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
                Bundle bundle = Bundle.calling(simulator)) {
            assertThat(README).contains("--- hello.txt\n" + bundle.ask(prompt) + "\n```");
        }
    }

    @Test
    void its_picture_shows_the_stages_in_their_order() throws IOException {
        List<String> files;
        try (var stages = Files.list(Path.of("routes"))) {
            files = stages.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".camel.yaml"))
                    .map(name -> name.replace(".camel.yaml", "").replaceFirst("-", " "))
                    .sorted()
                    .toList();
        }

        List<String> boxes = Pattern.compile("\\[(\\d\\d [a-z-]+)]")
                .matcher(README)
                .results()
                .map(box -> box.group(1))
                .toList();

        assertThat(boxes).isEqualTo(files);
    }

    @Test
    void its_maven_coordinates_name_this_version() {
        String coordinates = "<artifactId>claude-routes</artifactId>\\s*<version>([^<]+)";
        String version = Pattern.compile(coordinates)
                .matcher(read(Path.of("pom.xml")))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);

        assertThat(Pattern.compile(coordinates).matcher(README).results().map(match -> match.group(1)))
                .containsExactly(version);
        assertThat(read(Path.of("src/docs/simulator.md"))).contains("<version>" + version + "</version>");
        assertThat(read(Path.of("CHANGELOG.md"))).contains("\n## " + version + " · ");
    }

    @Test
    void the_pages_that_the_index_points_to_exist() {
        assertThat(Pattern.compile("]\\((?!http)([^)#]+)\\)")
                        .matcher(read(Path.of("src/docs/index.md")))
                        .results()
                        .map(link -> Path.of("src/docs", link.group(1))))
                .hasSizeGreaterThan(10)
                .allMatch(Files::exists);
    }

    @Test
    void the_files_that_it_points_to_exist() {
        List<String> links = Pattern.compile("]\\((?!http)([^)#]+)\\)")
                .matcher(README)
                .results()
                .map(link -> link.group(1))
                .toList();

        assertThat(links).allMatch(link -> Files.exists(Path.of(link)));
    }
}
