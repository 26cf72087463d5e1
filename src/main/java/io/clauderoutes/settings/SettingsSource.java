package io.clauderoutes.settings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.component.properties.LocationPropertiesSource;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.component.properties.PropertiesLocation;

/** Reads the properties of a running context anew, beside those that Camel holds: a broken file does no harm. */
public final class SettingsSource {

    private final CamelContext context;
    private final PropertiesComponent held;
    private final Map<String, String> environment;
    private final Properties system;
    private final List<PropertiesLocation> locations;
    /** Files that had a content once: without it they are lost, or not written yet. */
    private final Set<Path> written = new HashSet<>();

    public SettingsSource(CamelContext context, Map<String, String> environment, Properties system) {
        this.context = context;
        this.held = (PropertiesComponent) context.getPropertiesComponent();
        this.environment = Map.copyOf(environment);
        this.system = system;
        this.locations = held.getPropertiesSources().stream()
                .filter(LocationPropertiesSource.class::isInstance)
                .map(source -> ((LocationPropertiesSource) source).getLocation())
                .toList();
        files().stream().filter(SettingsSource::hasContent).forEach(written::add);
    }

    /**
     * All properties at one moment.
     *
     * @param ours the effective {@code claude.*} settings
     * @param others properties of Camel and of routes, as they are written
     */
    public record Values(Map<String, String> ours, Map<String, String> others) {}

    /** The files of properties, in the order of precedence. */
    public List<Path> files() {
        return locations.stream()
                .filter(location -> "file".equals(location.getResolver()))
                .map(location -> Path.of(location.getPath()))
                .toList();
    }

    /** Properties of Camel and of routes that the bundle started with. */
    public Map<String, String> othersAtStart() {
        return others(held);
    }

    /**
     * Reads the files as they are now.
     *
     * @throws SettingsException if a file cannot be read, or a placeholder has no value
     */
    public Values read() {
        for (Path file : files()) {
            if (hasContent(file)) {
                written.add(file);
            } else if (written.contains(file)) {
                throw new SettingsException(List.of(file + (Files.exists(file) ? " is empty" : " is not there")));
            }
        }
        PropertiesComponent fresh = new PropertiesComponent();
        fresh.setCamelContext(context);
        fresh.setEncoding(held.getEncoding());
        fresh.setInitialProperties(held.getInitialProperties());
        fresh.setOverrideProperties(held.getOverrideProperties());
        fresh.setPropertiesFunctionResolver(held.getPropertiesFunctionResolver());
        fresh.setAutoDiscoverPropertiesSources(false);
        fresh.setLocations(locations);
        held.getPropertiesSources().stream()
                .filter(source -> !(source instanceof LocationPropertiesSource))
                .forEach(fresh::addPropertiesSource);
        try {
            fresh.start();
            return new Values(PropertySources.of(fresh, environment, system), others(fresh));
        } catch (SettingsException mistakes) {
            throw mistakes;
        } catch (RuntimeException unreadable) {
            throw new SettingsException(List.of(
                    "the properties cannot be read: " + rootOf(unreadable).getMessage()));
        }
    }

    private static Map<String, String> others(org.apache.camel.spi.PropertiesComponent properties) {
        Map<String, String> others = new TreeMap<>();
        Properties all = properties.loadProperties(key -> !key.startsWith("claude."));
        all.stringPropertyNames().forEach(key -> others.put(key, all.getProperty(key)));
        return others;
    }

    private static boolean hasContent(Path file) {
        try {
            return Files.exists(file)
                    && !Files.readString(file, StandardCharsets.ISO_8859_1).isBlank();
        } catch (IOException unreadable) {
            throw new SettingsException(List.of(file + " cannot be read (" + unreadable + ")"));
        }
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
