package io.clauderoutes.support;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/** Everything that is logged below one name while it is open, of all tests that run meanwhile. */
public final class CapturedLog implements AutoCloseable {

    private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
    private final Configuration configuration = context.getConfiguration();
    private final String name;
    private final Lines lines = new Lines();

    private static final class Lines extends AbstractAppender {
        private final List<String> all = new CopyOnWriteArrayList<>();

        Lines() {
            super("captured", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            StringBuilder line = new StringBuilder(event.getMessage().getFormattedMessage());
            for (Throwable cause = event.getThrown(); cause != null; cause = cause.getCause()) {
                line.append('\n').append(cause);
            }
            all.add(line.toString());
        }
    }

    public CapturedLog(String name, Level level) {
        this.name = name;
        lines.start();
        LoggerConfig logger = new LoggerConfig(name, level, false);
        logger.addAppender(lines, level, null);
        configuration.addLogger(name, logger);
        context.updateLoggers();
    }

    public List<String> lines() {
        return List.copyOf(lines.all);
    }

    @Override
    public void close() {
        configuration.removeLogger(name);
        context.updateLoggers();
        lines.stop();
    }
}
