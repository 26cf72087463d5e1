package io.clauderoutes.cli;

import io.clauderoutes.bundle.OutOfMemory;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * Shows each failure that is logged to {@link OutOfMemory}. Consumers of Camel catch an error of their own, log it and go on, and no
 * event tells of it.
 */
final class OutOfMemoryLog extends AbstractAppender {

    private static final String NAME = "claude-out-of-memory";

    private final Consumer<Throwable> failures;

    private OutOfMemoryLog(Consumer<Throwable> failures) {
        super(NAME, null, null, true, Property.EMPTY_ARRAY);
        this.failures = failures;
    }

    /** Shows all failures that are logged from now on. */
    static void watch(Consumer<Throwable> failures) {
        if (LogManager.getContext(false) instanceof LoggerContext context) {
            OutOfMemoryLog appender = new OutOfMemoryLog(failures);
            appender.start();
            context.getConfiguration().getRootLogger().addAppender(appender, null, null);
            context.updateLoggers();
        }
    }

    @Override
    public void append(LogEvent event) {
        if (event.getThrown() != null) {
            failures.accept(event.getThrown());
        }
    }
}
