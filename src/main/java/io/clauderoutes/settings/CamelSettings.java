package io.clauderoutes.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.main.Main;
import org.apache.camel.spi.PropertyConfigurerGetter;

/** Finds all mistakes in {@code camel.*} settings. Camel itself stops at the first. */
public final class CamelSettings {

    private static final String METADATA = "META-INF/camel-main-configuration-metadata.json";
    private static final String COMPONENT = "camel.component.";

    private final CamelContext context;
    /** Types by key, in lower case and without hyphens. */
    private final Map<String, String> types = new HashMap<>();
    /** Keys as Camel writes them. */
    private final Map<String, String> written = new HashMap<>();

    private final Set<String> groups = new HashSet<>();

    private CamelSettings(CamelContext context) throws IOException {
        this.context = context;
        try (InputStream in = Main.class.getClassLoader().getResourceAsStream(METADATA)) {
            if (in == null) {
                return;
            }
            for (JsonNode property : new ObjectMapper().readTree(in).path("properties")) {
                String key = property.path("name").asText();
                types.put(plain(key), property.path("javaType").asText());
                written.put(plain(key), dashed(key));
                groups.add(group(plain(key)));
            }
        }
    }

    /** Keys that do not exist, and values that cannot be. */
    public static void check(CamelContext context, Properties system, Mistakes mistakes) {
        Map<String, String> values = new TreeMap<>();
        Properties own = context.getPropertiesComponent().loadProperties(key -> key.startsWith("camel."));
        own.stringPropertyNames().forEach(key -> values.put(key, own.getProperty(key)));
        system.stringPropertyNames().stream()
                .filter(key -> key.startsWith("camel."))
                .forEach(key -> values.put(key, system.getProperty(key)));
        try {
            CamelSettings settings = new CamelSettings(context);
            values.forEach((key, value) -> settings.check(key, value, mistakes));
        } catch (IOException unreadable) {
            // Camel reports the first mistake by itself.
        }
    }

    private void check(String key, String value, Mistakes mistakes) {
        String plain = plain(key);
        if (key.startsWith(COMPONENT)) {
            component(key, mistakes);
        } else if (types.containsKey(plain)) {
            value(key, types.get(plain), value, mistakes);
        } else if (groups.contains(group(plain)) && !plain.contains("[")) {
            mistakes.add(key + " is not a setting of Camel"
                    + Nearest.of(plain, types.keySet())
                            .map(near -> "; did you mean " + written.get(near) + "?")
                            .orElse(""));
        }
    }

    private void value(String key, String type, String value, Mistakes mistakes) {
        String text = value.trim();
        if (text.contains("{{") || text.startsWith("#")) {
            return;
        }
        if (type.endsWith("oolean") && !text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
            mistakes.add(key + "=" + value + ": expected true or false");
        }
        if ((type.equals("int") || type.equals("java.lang.Integer")) && !text.matches("-?\\d{1,10}")) {
            mistakes.add(key + "=" + value + ": expected a whole number");
        }
    }

    private void component(String key, Mistakes mistakes) {
        String[] parts = key.substring(COMPONENT.length()).split("\\.", 2);
        if (parts.length < 2 || parts[1].contains(".") || parts[1].contains("[")) {
            return;
        }
        Component component = context.getComponent(parts[0], true, false);
        if (component == null) {
            mistakes.add(key + ": there is no Camel component " + parts[0]
                    + ": correct the name, or add the component's jar");
        } else if (component.getComponentPropertyConfigurer() instanceof PropertyConfigurerGetter options
                && options.getOptionType(parts[1].replace("-", ""), true) == null) {
            mistakes.add(key + ": the component " + parts[0] + " has no option " + parts[1]);
        }
    }

    private static String plain(String key) {
        return key.replace("-", "").toLowerCase(Locale.ROOT);
    }

    private static String group(String plain) {
        int dot = plain.indexOf('.', "camel.".length());
        return dot < 0 ? plain : plain.substring(0, dot);
    }

    private static String dashed(String key) {
        StringBuilder dashed = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            char letter = key.charAt(i);
            if (Character.isUpperCase(letter)) {
                dashed.append('-');
            }
            dashed.append(Character.toLowerCase(letter));
        }
        return dashed.toString();
    }
}
