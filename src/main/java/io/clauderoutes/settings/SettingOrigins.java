package io.clauderoutes.settings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Where the value of each setting comes from, in the order of precedence: environment, system property, file, default. */
public final class SettingOrigins {

    private static final String FROM_ENVIRONMENT = "\0environment";

    private final List<Path> files;
    private final Map<String, String> environment;
    private final Properties system;

    /** @param files of properties, by descending precedence */
    public SettingOrigins(List<Path> files, Map<String, String> environment, Properties system) {
        this.files = List.copyOf(files);
        this.environment = Map.copyOf(environment);
        this.system = system;
    }

    /** The origin of each setting, in words: {@code environment}, {@code system property}, the path of a file, {@code default}, or {@code application}. */
    public Map<String, String> of(Map<String, String> effective) {
        Map<String, String> marked = new TreeMap<>(effective);
        Map<String, String> variables = new TreeMap<>(environment);
        variables.replaceAll((name, value) -> FROM_ENVIRONMENT);
        PropertySources.fromEnvironment(marked, variables);
        Properties packaged = PropertySources.packaged();
        List<Map.Entry<Path, Properties>> read =
                files.stream().map(file -> Map.entry(file, read(file))).toList();
        Map<String, String> origins = new TreeMap<>();
        effective.keySet().forEach(key -> origins.put(key, origin(key, marked, read, packaged)));
        return origins;
    }

    private String origin(
            String key, Map<String, String> marked, List<Map.Entry<Path, Properties>> read, Properties packaged) {
        if (FROM_ENVIRONMENT.equals(marked.get(key))) {
            return "environment";
        }
        if (system.containsKey(key)) {
            return "system property";
        }
        for (Map.Entry<Path, Properties> file : read) {
            if (file.getValue().containsKey(key)) {
                return file.getKey().toString();
            }
        }
        return packaged.containsKey(key) ? "default" : "application";
    }

    private static Properties read(Path file) {
        Properties properties = new Properties();
        if (Files.isReadable(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                properties.load(in);
            } catch (IOException | IllegalArgumentException unreadable) {
                return new Properties();
            }
        }
        return properties;
    }
}
