package io.clauderoutes.bundle;

import java.io.PrintStream;
import java.util.function.IntConsumer;
import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeFailedEvent;
import org.apache.camel.support.EventNotifierSupport;

/**
 * Ends a standalone process that has run out of memory: what is left of it may hold locks and permits for good, and a supervisor can
 * only replace a process that has ended. It sees failed exchanges, threads that die, what the HTTP server
 * reports and what is logged.
 */
public final class OutOfMemory extends EventNotifierSupport {

    /** Exit status, as that of {@code -XX:+ExitOnOutOfMemoryError}. */
    public static final int STATUS = 3;

    private static final int MOST_WRAPPERS = 20;

    private final PrintStream err;
    private final IntConsumer end;

    /** @param end ends the process with an exit status, at once and without any further work */
    public OutOfMemory(PrintStream err, IntConsumer end) {
        this.err = err;
        this.end = end;
        setIgnoreCamelContextEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreStepEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeSendingEvents(true);
        setIgnoreExchangeSentEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
        setIgnoreExchangeAsyncProcessingStartedEvents(true);
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeFailedEvent || event instanceof CamelEvent.ExchangeFailureHandledEvent;
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof CamelEvent.ExchangeEvent exchange) {
            Exception failure = exchange.getExchange().getException();
            Exception caught = exchange.getExchange().getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
            look(failure == null ? caught : failure);
        }
    }

    /** Ends the process if this failure, or a cause of it, is an {@link OutOfMemoryError}. */
    public void look(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MOST_WRAPPERS; depth++) {
            if (cause instanceof OutOfMemoryError) {
                err.println("Claude Routes ends: it has run out of memory (" + cause.getMessage()
                        + "). Give the JVM more with -Xmx, or lower claude.gateway.max-request-bytes.");
                end.accept(STATUS);
                return;
            }
            cause = cause.getCause();
        }
    }
}
