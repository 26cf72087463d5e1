package io.clauderoutes.settings;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The log of a standalone bundle.
 *
 * @param level of all loggers that {@code levels} does not name
 */
public record LogSettings(
        String level, Map<String, String> levels, boolean json, Optional<Path> file, long maxFileBytes, int maxFiles) {

    /** At debug these loggers write keys and prompts. They have the level info in the packaged log4j2.properties. */
    private static final Set<String> OF_SECRETS = Set.of(
            "org.apache.hc.client5.http",
            "org.apache.camel.component.properties",
            "org.apache.camel.impl.engine.DefaultCamelContextExtension");

    /** Whether a logger writes keys or prompts at debug. */
    public static boolean writesSecrets(String logger) {
        return OF_SECRETS.stream().anyMatch(name -> logger.equals(name) || logger.startsWith(name + "."));
    }
}
