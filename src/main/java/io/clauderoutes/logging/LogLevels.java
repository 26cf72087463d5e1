package io.clauderoutes.logging;

import io.clauderoutes.settings.LogSettings;
import java.util.Set;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;

/** Sets the levels of {@code claude.log.level} and {@code claude.log.levels.*} in the Log4j of a standalone bundle. */
public final class LogLevels {

    private LogLevels() {}

    /**
     * Sets the levels at once.
     *
     * @param before loggers that were named before; those that are not named now have the level of their parent again
     */
    public static void apply(Set<String> before, LogSettings settings) {
        if (!(LogManager.getContext(false) instanceof LoggerContext context)) {
            return;
        }
        Configuration configuration = context.getConfiguration();
        configuration.getRootLogger().setLevel(Level.valueOf(settings.level()));
        before.stream().filter(name -> !settings.levels().containsKey(name)).forEach(name -> configuration
                .getLoggerConfig(name)
                .setLevel(LogSettings.writesSecrets(name) ? Level.INFO : null));
        settings.levels().forEach((name, word) -> {
            Level level = Level.valueOf(word);
            LoggerConfig logger = configuration.getLoggerConfig(name);
            if (logger.getName().equals(name)) {
                logger.setLevel(level);
            } else {
                configuration.addLogger(name, new LoggerConfig(name, level, true));
            }
        });
        context.updateLoggers();
    }
}
