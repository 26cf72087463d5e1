package io.clauderoutes.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.PropertiesComponent;

/**
 * Gathers {@code claude.*} from everywhere: the environment wins over system properties, these over the application's own
 * properties, these over the packaged ones. An application that only has our jar gets no source, no sink, no
 * routes folder, no ledger, no gateway, no console and no simulator that it did not ask for.
 */
public final class PropertySources {

    public static final String PACKAGED = "io/clauderoutes/application.properties";
    private static final String PREFIX = "claude.";
    private static final String VARIABLE = "CLAUDE_";
    private static final Pattern PACKAGED_EXAMPLE =
            Pattern.compile("claude\\.(sources|sinks)\\.(?!\\*).*|claude\\.fan-out\\.sinks|claude\\.routes");

    /** {@code {{env:NAME}}} or {@code {{env:NAME:otherwise}}}, and nothing else. */
    private static final Pattern ENVIRONMENT = Pattern.compile("\\{\\{env:([A-Za-z0-9_]+)(?::([^{}]*))?}}");

    private PropertySources() {}

    /** The effective settings of a context, placeholders resolved. */
    public static Map<String, String> of(CamelContext context, Map<String, String> environment, Properties system) {
        return of(context.getPropertiesComponent(), environment, system);
    }

    /** The same with empty values where a placeholder has none. */
    public static Map<String, String> of(
            CamelContext context, Map<String, String> environment, Properties system, Mistakes mistakes) {
        return of(context.getPropertiesComponent(), environment, system, mistakes);
    }

    /** The same of properties that were read anew. */
    public static Map<String, String> of(
            PropertiesComponent properties, Map<String, String> environment, Properties system) {
        Mistakes mistakes = new Mistakes();
        Map<String, String> values = of(properties, environment, system, mistakes);
        mistakes.end();
        return values;
    }

    private static Map<String, String> of(
            PropertiesComponent properties, Map<String, String> environment, Properties system, Mistakes mistakes) {
        Map<String, String> values = new TreeMap<>(libraryDefaults());
        Properties own = properties.loadProperties(key -> key.startsWith(PREFIX));
        own.stringPropertyNames().forEach(key -> values.put(key, own.getProperty(key)));
        for (String key : system.stringPropertyNames()) {
            if (key.startsWith(PREFIX)) {
                values.put(key, system.getProperty(key));
            }
        }
        fromEnvironment(values, environment);
        values.replaceAll((key, value) -> resolved(properties, environment, key, value, mistakes));
        return values;
    }

    /** A secret in the environment is read here, for Camel writes what it resolves to its log at DEBUG. */
    private static String resolved(
            PropertiesComponent properties,
            Map<String, String> environment,
            String key,
            String value,
            Mistakes mistakes) {
        Matcher variable = ENVIRONMENT.matcher(value.trim());
        if (variable.matches()) {
            String told = environment.getOrDefault(variable.group(1), variable.group(2));
            if (told != null) {
                return told;
            }
        }
        try {
            return value.contains(PropertiesComponent.PREFIX_TOKEN) ? properties.parseUri(value) : value;
        } catch (RuntimeException unknown) {
            mistakes.add(key + "=" + value + ": the placeholder has no value");
            return "";
        }
    }

    private static Map<String, String> libraryDefaults() {
        Map<String, String> defaults = new TreeMap<>();
        Properties packaged = packaged();
        for (String key : packaged.stringPropertyNames()) {
            if (key.startsWith(PREFIX) && !PACKAGED_EXAMPLE.matcher(key).matches()) {
                defaults.put(key, packaged.getProperty(key));
            }
        }
        defaults.put("claude.ledger.enabled", "false");
        defaults.put("claude.gateway.enabled", "false");
        defaults.put("claude.console.enabled", "false");
        defaults.put("claude.simulator.enabled", "false");
        return defaults;
    }

    /** What a standalone bundle would be told of where it keeps what it keeps, without a context. */
    public static Map<String, String> ofStores(Map<String, String> environment, Properties system) {
        Properties own = packaged();
        Path file = Path.of("application.properties");
        if (Files.isReadable(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                own.load(in);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
        Map<String, String> values = new TreeMap<>();
        for (String key : List.of("claude.data", "claude.ledger.url", "claude.ledger.user", "claude.ledger.password")) {
            String told = system.getProperty(key, own.getProperty(key, ""));
            Matcher variable = ENVIRONMENT.matcher(told.trim());
            values.put(
                    key,
                    environment.getOrDefault(
                            upper(key),
                            variable.matches()
                                    ? environment.getOrDefault(
                                            variable.group(1),
                                            Optional.ofNullable(variable.group(2))
                                                    .orElse(""))
                                    : told.trim()));
        }
        return values;
    }

    /** What a standalone bundle would be told below a prefix such as {@code claude.redact.}, without a context. */
    public static Map<String, String> below(String prefix, Map<String, String> environment, Properties system) {
        Properties own = packaged();
        Path file = Path.of("application.properties");
        if (Files.isReadable(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                own.load(in);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
        Map<String, String> values = new TreeMap<>();
        own.stringPropertyNames().forEach(key -> values.put(key, own.getProperty(key)));
        system.stringPropertyNames().forEach(key -> values.put(key, system.getProperty(key)));
        fromEnvironment(values, environment);
        values.keySet().removeIf(key -> !key.startsWith(prefix));
        values.replaceAll((key, value) -> {
            Matcher variable = ENVIRONMENT.matcher(value.trim());
            return variable.matches()
                    ? environment.getOrDefault(
                            variable.group(1),
                            Optional.ofNullable(variable.group(2)).orElse(""))
                    : value;
        });
        return values;
    }

    static Properties packaged() {
        Properties packaged = new Properties();
        try (InputStream in = PropertySources.class.getClassLoader().getResourceAsStream(PACKAGED)) {
            packaged.load(in);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return packaged;
    }

    /** {@code CLAUDE_SINKS_ANSWERS_URI} is {@code claude.sinks.answers.uri}; a name in it is in lower case. */
    static void fromEnvironment(Map<String, String> values, Map<String, String> environment) {
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (variable.getKey().startsWith(VARIABLE)) {
                ClaudeSettings.keys().stream()
                        .map(key -> named(key, variable.getKey(), values))
                        .filter(key -> !key.isEmpty())
                        .findFirst()
                        .ifPresent(key -> values.put(key, variable.getValue()));
            }
        }
    }

    /**
     * One sentence for each variable that is nearly a setting. A variable whose first word is not nearly the first word of a setting is
     * another program's, such as {@code CLAUDE_CODE_…}.
     */
    public static List<String> nearMisses(Map<String, String> environment) {
        Set<String> keys = ClaudeSettings.keys();
        return environment.keySet().stream()
                .filter(variable -> variable.startsWith(VARIABLE))
                .filter(variable -> keys.stream()
                        .noneMatch(key -> upper(key).equals(variable)
                                || !named(key, variable, Map.of()).isEmpty()))
                .filter(variable ->
                        keys.stream().anyMatch(key -> Nearest.distance(word(upper(key)), word(variable)) <= 1))
                .sorted()
                .map(variable -> "the environment variable " + variable + " is not a setting"
                        + nearest(variable, keys)
                                .map(near -> "; did you mean " + near + "?")
                                .orElse(""))
                .toList();
    }

    private static String word(String variable) {
        return variable.substring(VARIABLE.length()).split("_", 2)[0];
    }

    /** Any word of the variable may be the name that a setting has at the place of its asterisk. */
    private static Optional<String> nearest(String variable, Set<String> keys) {
        String[] words = variable.substring(VARIABLE.length()).split("_", -1);
        return Nearest.of(
                variable,
                keys.stream()
                        .flatMap(key -> key.contains("*")
                                ? Arrays.stream(words).map(word -> upper(key).replace("*", word))
                                : Stream.of(upper(key)))
                        .toList());
    }

    private static String named(String key, String variable, Map<String, String> values) {
        Matcher parts = Pattern.compile(upper(key).replace("*", "([A-Z0-9_]+)")).matcher(variable);
        if (!parts.matches()) {
            return "";
        }
        if (parts.groupCount() == 0) {
            return key;
        }
        String name = values.keySet().stream()
                .filter(known -> upper(known).equals(variable))
                .findFirst()
                .orElse(key.replace("*", parts.group(1).toLowerCase(Locale.ROOT).replace('_', '-')));
        return name;
    }

    private static String upper(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
