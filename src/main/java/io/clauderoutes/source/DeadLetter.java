package io.clauderoutes.source;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.text.Printable;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a prompt that failed where the operator wants it, with the reason in its headers. A folder keeps no headers, so there
 * the reason lies beside it in a file of its own.
 */
final class DeadLetter implements Processor {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetter.class);

    private final String source;
    private final String uri;
    private final ClaudeMeters meters;

    DeadLetter(String source, String uri, ClaudeMeters meters) {
        this.source = source;
        this.uri = uri;
        this.meters = meters;
        meters.deadLetters(source, 0);
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        CamelContext context = exchange.getContext();
        Endpoint endpoint = context.getEndpoint(uri);
        Object prompt = original(exchange);
        String name = name(exchange);
        String reason = reason(cause);
        if (RequestOutcomes.isLogged(exchange)) {
            LOG.info("Source {}: {} goes to its dead letters", source, Printable.line(name));
        } else {
            LOG.warn("Source {}: {} failed and goes to its dead letters: {}", source, Printable.line(name), reason);
        }
        try (ProducerTemplate template = context.createProducerTemplate(1)) {
            send(template, endpoint, exchange, prompt, name, cause, reason);
            if (endpoint instanceof GenericFileEndpoint<?>) {
                send(
                        template,
                        endpoint,
                        exchange,
                        reason + System.lineSeparator(),
                        name + ".reason.txt",
                        cause,
                        reason);
            }
        }
        meters.deadLetters(source, 1);
    }

    private static Object original(Exchange exchange) {
        GenericFile<?> file = exchange.getProperty("CamelFileExchangeFile", GenericFile.class);
        if (file != null) {
            return file.getFile();
        }
        Object body = exchange.getProperty(SourceMessage.BODY);
        return body == null ? exchange.getMessage().getBody() : body;
    }

    static String name(Exchange exchange) {
        String name = exchange.getMessage().getHeader(ClaudeHeaders.NAME, String.class);
        return name == null ? exchange.getExchangeId() : name;
    }

    static String reason(Exception cause) {
        if (cause instanceof ClaudeException || cause instanceof SinkFailed) {
            return cause.getMessage();
        }
        String kind = cause.getClass().getSimpleName();
        return cause.getMessage() == null ? kind : kind + ": " + cause.getMessage();
    }

    private static void send(
            ProducerTemplate template,
            Endpoint endpoint,
            Exchange failed,
            Object body,
            String fileName,
            Exception cause,
            String reason)
            throws Exception {
        Exchange letter = template.send(endpoint, fresh -> {
            fresh.getMessage().setBody(body);
            fresh.getMessage().setHeader(Exchange.FILE_NAME, fileName);
            fresh.getMessage().setHeader(ClaudeHeaders.ERROR, reason);
            fresh.getMessage().setHeader(ClaudeHeaders.NAME, name(failed));
            if (cause instanceof ClaudeException claude) {
                fresh.getMessage().setHeader(ClaudeHeaders.ERROR_TYPE, claude.type());
                fresh.getMessage().setHeader(ClaudeHeaders.ERROR_STATUS, claude.status());
            }
        });
        if (letter.getException() != null) {
            throw letter.getException();
        }
    }
}
