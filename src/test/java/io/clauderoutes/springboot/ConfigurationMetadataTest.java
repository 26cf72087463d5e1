package io.clauderoutes.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.settings.ClaudeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Editors complete {@code claude.*} in {@code application.yml} by a file that is made of {@code application.properties}. */
class ConfigurationMetadataTest {

    private static final Path METADATA = Path.of("src/main/resources/META-INF/spring-configuration-metadata.json");
    private static final Pattern SETTING = Pattern.compile("(?:# )?(claude\\.[A-Za-z0-9.*<>-]+)(?: = ?|$)(.*)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
    private static final Pattern DURATION = Pattern.compile("\\d+(ms|s|m|h|d)");

    private final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** @param description the comment above a setting */
    private record Described(String description, String value) {}

    /** A comment describes the settings that follow it without an empty line. */
    private static Map<String, Described> described() throws IOException {
        Map<String, Described> settings = new TreeMap<>();
        StringBuilder comment = new StringBuilder();
        boolean ended = false;
        for (String line : Files.readAllLines(Path.of("application.properties"))) {
            Matcher setting = SETTING.matcher(line);
            if (setting.matches() && !line.startsWith("#")) {
                settings.putIfAbsent(
                        setting.group(1),
                        new Described(comment.toString(), setting.group(2).trim()));
                ended = true;
            } else if (line.startsWith("# ") && !line.startsWith("# ---")) {
                if (ended) {
                    comment.setLength(0);
                    ended = false;
                }
                comment.append(comment.isEmpty() ? "" : " ").append(line.substring(2));
            } else {
                comment.setLength(0);
                ended = false;
            }
        }
        return settings;
    }

    private static String type(String value) {
        if (value.equals("true") || value.equals("false")) {
            return "java.lang.Boolean";
        }
        if (NUMBER.matcher(value).matches()) {
            return "java.lang.Long";
        }
        return DURATION.matcher(value).matches() ? "java.time.Duration" : "java.lang.String";
    }

    private JsonNode metadata() throws IOException {
        ObjectNode metadata = mapper.createObjectNode();
        ArrayNode groups = metadata.putArray("groups");
        groups.addObject().put("name", "claude").put("description", "The bundle Claude Routes.");
        ArrayNode properties = metadata.putArray("properties");
        Map<String, Described> described = described();
        Map<String, String> maps = new TreeMap<>();
        for (String name : new java.util.TreeSet<>(ClaudeSettings.keys())) {
            if (name.contains(".*")) {
                String map = name.substring(0, name.indexOf(".*"));
                maps.merge(map, name.substring(map.length() + 2), (before, next) -> before + ", " + next);
                continue;
            }
            Described setting = described.getOrDefault(name, new Described("", ""));
            ObjectNode property = properties.addObject().put("name", name).put("type", type(setting.value()));
            if (!setting.description().isEmpty()) {
                property.put("description", setting.description());
            }
            if (!setting.value().isEmpty() && !setting.value().contains("{{")) {
                property.put("defaultValue", setting.value());
            }
        }
        maps.forEach((map, fields) -> properties
                .addObject()
                .put("name", map)
                .put("type", "java.util.Map<java.lang.String,java.lang.Object>")
                .put(
                        "description",
                        fields.isEmpty()
                                ? "By name."
                                : "By name; each has "
                                        + fields.replace(" .", " ").substring(1) + "."));
        return metadata;
    }

    @Test
    void is_current() throws IOException {
        JsonNode now = metadata();
        Path made = Path.of("target/spring-configuration-metadata.json");
        Files.createDirectories(made.getParent());
        Files.writeString(made, mapper.writeValueAsString(now) + "\n");

        assertThat(mapper.readTree(METADATA.toFile()))
                .as("the settings have changed: run cp " + made + " " + METADATA)
                .isEqualTo(now);
    }

    @Test
    void describes_each_setting() throws IOException {
        for (JsonNode property : mapper.readTree(METADATA.toFile()).path("properties")) {
            assertThat(property.path("description").asText())
                    .as(property.path("name").asText())
                    .isNotEmpty();
        }
    }
}
