package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.meters.ClaudeMeters;
import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.apache.camel.spi.IdempotentRepository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which messages of a source have been answered. A message counts from the moment that its sinks have the answer, so that a
 * crash before it leads to one more answer rather than to none.
 */
final class AnsweredBefore implements Predicate, Processor {

    private static final Logger LOG = LoggerFactory.getLogger(AnsweredBefore.class);

    private final String source;
    private final IdempotentRepository repository;
    private final ClaudeMeters meters;

    AnsweredBefore(String source, IdempotentRepository repository, ClaudeMeters meters) {
        this.source = source;
        this.repository = repository;
        this.meters = meters;
    }

    /** Whether this message was answered before. */
    @Override
    public boolean matches(Exchange exchange) {
        String id = exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class);
        boolean answered = id != null && repository.contains(key(id));
        if (answered) {
            meters.sources().duplicate(source);
            LOG.info("source {}: a message was answered before and is skipped", source);
        }
        return answered;
    }

    /** Remembers that this message is answered. */
    @Override
    public void process(Exchange exchange) {
        String id = exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class);
        if (id != null) {
            repository.add(key(id));
        }
    }

    private String key(String id) {
        return source + '|' + id.replaceAll("\\R", " ");
    }
}
