package io.clauderoutes.project;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** The files of this project that are not Java, as the house rules read them. */
final class ProjectFiles {

    static final Path ROUTES = Path.of("routes");
    static final Path KAMELETS = Path.of("src/main/resources/kamelets");
    static final Path SETTINGS = Path.of("application.properties");
    static final Path README = Path.of("README.md");

    private static final YAMLMapper YAML = new YAMLMapper();

    private ProjectFiles() {}

    /** A YAML file with what is in it. */
    record YamlFile(Path path, JsonNode content) {

        String name() {
            return path.getFileName().toString();
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** One step of a route: what it does ({@code to}, {@code filter} …) and how. */
    record Step(String kind, JsonNode how) {

        String id() {
            return how.path("id").asText();
        }
    }

    static List<YamlFile> routes() {
        return yaml(ROUTES, ".camel.yaml");
    }

    /** The seven numbered files. */
    static List<YamlFile> stages() {
        return routes().stream()
                .filter(file -> file.path().getParent().equals(ROUTES))
                .toList();
    }

    static List<YamlFile> kamelets() {
        return yaml(KAMELETS, ".yaml");
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static List<Path> files(Path folder, String ending) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<YamlFile> yaml(Path folder, String ending) {
        return files(folder, ending).stream()
                .map(file -> new YamlFile(file, parsed(file)))
                .toList();
    }

    private static JsonNode parsed(Path file) {
        try {
            return YAML.readTree(file.toFile());
        } catch (IOException notYaml) {
            throw new UncheckedIOException(file + " is not YAML", notYaml);
        }
    }

    /** Every step below a node, however deep, in reading order. */
    static List<Step> steps(JsonNode node) {
        List<Step> all = new ArrayList<>();
        each(node, (key, value) -> {
            if (key.equals("steps")) {
                value.forEach(
                        step -> step.properties().forEach(eip -> all.add(new Step(eip.getKey(), eip.getValue()))));
            }
        });
        return all;
    }

    /** Every entry of every map below a node. */
    static void each(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            visitor.accept(entry.getKey(), entry.getValue());
        }
        node.forEach(child -> each(child, visitor));
    }
}
