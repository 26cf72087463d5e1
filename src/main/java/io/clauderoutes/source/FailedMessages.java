package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.text.Printable;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages of a source that were found to be at fault and have no dead letter. The failure goes back to the source. When the source
 * brings the message again, it fails again, without a call and without a log line.
 */
final class FailedMessages {

    private static final Logger LOG = LoggerFactory.getLogger(FailedMessages.class);
    private static final int MOST_REMEMBERED = 10_000;
    private static final int MOST_DOUBLINGS = 20;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final String source;
    private final SourceFiles files;
    private final SleepFunction sleeper;
    private final Map<String, Failed> failed = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failed> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    private record Failed(Exception failure, int times) {}

    FailedMessages(String source, SourceFiles files, SleepFunction sleeper) {
        this.source = source;
        this.files = files;
        this.sleeper = sleeper;
    }

    /**
     * Lets a message pass that has not failed before.
     *
     * @throws Exception the failure of a message that has, after a wait
     */
    void check(Exchange exchange) throws Exception {
        String id = id(exchange);
        Failed before = id == null ? null : failed.get(id);
        if (before == null) {
            return;
        }
        failed.put(id, new Failed(before.failure(), before.times() + 1));
        // A source that polls waits itself, and the other messages of this poll need not wait.
        if (exchange.getFromEndpoint() instanceof ScheduledPollEndpoint) {
            throw before.failure();
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(MOST_DOUBLINGS, before.times() - 1));
        sleeper.slept(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT, exchange.getContext()::isStopping);
        throw before.failure();
    }

    /** Remembers a message that failed, and reports it the first time. */
    void remember(Exchange exchange) {
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        String id = id(exchange);
        GenericFile<?> file = exchange.getProperty("CamelFileExchangeFile", GenericFile.class);
        if (file != null) {
            files.failed(file);
        }
        if (id == null || failed.putIfAbsent(id, new Failed(failure, 1)) == null) {
            String name = Printable.line(DeadLetter.name(exchange));
            if (RequestOutcomes.isLogged(exchange)) {
                LOG.info("Source {}: {} goes back to its source, for {} is empty", source, name, setting());
            } else {
                LOG.warn(
                        "Source {}: {} failed and goes back to its source, for {} is empty: {}",
                        source,
                        name,
                        setting(),
                        DeadLetter.reason(failure));
            }
        }
    }

    /**
     * Remembers a message whose dead letter could not be written: the next time only its dead letter is tried again.
     *
     * @param failure why the message is a dead letter
     */
    void rememberUnwritten(Exchange exchange, Exception failure, Exception unwritable) {
        String id = id(exchange);
        if (id == null || failed.putIfAbsent(id, new Failed(failure, 1)) == null) {
            LOG.error(
                    "Source {}: the dead letter of {} cannot be written, and the message goes back to its source: {}. Correct {}",
                    source,
                    Printable.line(DeadLetter.name(exchange)),
                    DeadLetter.reason(unwritable),
                    setting());
        }
    }

    /** The message has its dead letter. */
    void forget(Exchange exchange) {
        String id = id(exchange);
        if (id != null) {
            failed.remove(id);
        }
    }

    private static String id(Exchange exchange) {
        String id = exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class);
        return id == null ? exchange.getProperty(SourceMessage.FAILURE_ID, String.class) : id;
    }

    private String setting() {
        return "claude.sources." + source + ".dead-letter";
    }
}
