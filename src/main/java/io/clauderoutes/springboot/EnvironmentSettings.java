package io.clauderoutes.springboot;

import io.clauderoutes.settings.ClaudeSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.camel.spi.LoadablePropertiesSource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Profiles;
import org.springframework.core.env.PropertySource;

/** Properties of Spring's environment whose names begin with {@code claude.}, under the names of the bundle. */
final class EnvironmentSettings implements LoadablePropertiesSource {

    private static final String PREFIX = "claude.";
    private static final String PROFILE = "camel.main.profile";
    private static final String PRODUCTION = "prod";

    private final ConfigurableEnvironment environment;
    private final RelaxedNames names = new RelaxedNames(ClaudeSettings.keys());

    EnvironmentSettings(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public String getName() {
        return "claudeEnvironmentSettings";
    }

    @Override
    public String getProperty(String name) {
        if (name.equals(PROFILE)) {
            return environment.acceptsProfiles(Profiles.of(PRODUCTION)) ? PRODUCTION : null;
        }
        return name.startsWith(PREFIX) ? all().get(name) : null;
    }

    @Override
    public Properties loadProperties() {
        return loadProperties(name -> true);
    }

    @Override
    public Properties loadProperties(Predicate<String> wanted) {
        Properties properties = new Properties();
        all().forEach((name, value) -> {
            if (wanted.test(name)) {
                properties.setProperty(name, value);
            }
        });
        return properties;
    }

    @Override
    public void reloadProperties(String location) {
        // The environment is read each time.
    }

    /** A source of the environment wins over those after it, and the elements of a list come from one source. */
    private Map<String, String> all() {
        Map<String, String> settings = new TreeMap<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> listed) {
                of(listed).forEach(settings::putIfAbsent);
            }
        }
        return settings;
    }

    private Map<String, String> of(EnumerablePropertySource<?> source) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String name : source.getPropertyNames()) {
            Object value = name.startsWith(PREFIX) ? source.getProperty(name) : null;
            if (value != null) {
                String text = environment.resolvePlaceholders(value.toString());
                Optional<String> list = RelaxedNames.listOf(name);
                settings.merge(
                        names.setting(list.orElse(name)),
                        text,
                        (before, next) -> list.isPresent() ? before + "," + next : before);
            }
        }
        return settings;
    }
}
