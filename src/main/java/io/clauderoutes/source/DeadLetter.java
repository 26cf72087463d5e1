package io.clauderoutes.source;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.text.Printable;
import jakarta.activation.DataHandler;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.attachment.DefaultAttachmentMessage;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a prompt that failed where the operator wants it, with the reason in its headers. A folder keeps no headers, so there
 * the reason lies beside it in a file of its own, and so does each attachment.
 */
final class DeadLetter implements Processor {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetter.class);

    private final String source;
    private final String uri;
    private final FailedMessages failed;
    private final ClaudeMeters meters;
    private final DeadLetterBody bodies = new DeadLetterBody();

    /** @param failed remembers a prompt whose dead letter could not be written */
    DeadLetter(String source, String uri, FailedMessages failed, ClaudeMeters meters) {
        this.source = source;
        this.uri = uri;
        this.failed = failed;
        this.meters = meters;
        meters.sources().deadLetters(source, 0);
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        CamelContext context = exchange.getContext();
        String name = name(exchange);
        String reason = reason(cause);
        if (RequestOutcomes.isLogged(exchange)) {
            LOG.info("Source {}: {} goes to its dead letters", source, Printable.line(name));
        } else {
            LOG.warn("Source {}: {} failed and goes to its dead letters: {}", source, Printable.line(name), reason);
        }
        try (ProducerTemplate template = context.createProducerTemplate(1)) {
            write(template, context.getEndpoint(uri), exchange, headers(exchange, cause, reason));
        } catch (Exception unwritable) {
            failed.rememberUnwritten(exchange, cause, unwritable);
            throw unwritable;
        }
        failed.forget(exchange);
        meters.sources().deadLetters(source, 1);
    }

    private void write(ProducerTemplate template, Endpoint endpoint, Exchange exchange, Map<String, Object> headers)
            throws Exception {
        String name = name(exchange);
        Object body = bodies.of(exchange, endpoint);
        Map<String, DataHandler> attachments = bodies.attachments(exchange);
        if (!(endpoint instanceof GenericFileEndpoint<?>)) {
            send(template, endpoint, name, body, headers, attachments);
            return;
        }
        send(template, endpoint, name, body == null ? "" : body, headers, Map.of());
        for (Map.Entry<String, DataHandler> attachment : attachments.entrySet()) {
            send(template, endpoint, name + "-" + attachment.getKey(), bytes(attachment.getValue()), headers, Map.of());
        }
        String reason = headers.get(ClaudeHeaders.ERROR) + System.lineSeparator();
        send(template, endpoint, name + ".reason.txt", reason, headers, Map.of());
    }

    private static byte[] bytes(DataHandler attachment) throws IOException {
        return attachment.getInputStream().readAllBytes();
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

    /** JMS, Kafka and HTTP drop headers that begin with Camel, so each has a name for the wire too. */
    private static Map<String, Object> headers(Exchange failed, Exception cause, String reason) {
        Map<String, Object> headers = new TreeMap<>();
        headers.put(ClaudeHeaders.ERROR, reason);
        headers.put("ClaudeError", reason);
        headers.put(ClaudeHeaders.NAME, name(failed));
        headers.put("ClaudeName", name(failed));
        if (cause instanceof ClaudeException claude) {
            headers.put(ClaudeHeaders.ERROR_TYPE, claude.type());
            headers.put("ClaudeErrorType", claude.type());
            headers.put(ClaudeHeaders.ERROR_STATUS, claude.status());
            headers.put("ClaudeErrorStatus", claude.status());
        }
        return headers;
    }

    private static void send(
            ProducerTemplate template,
            Endpoint endpoint,
            String fileName,
            Object body,
            Map<String, Object> headers,
            Map<String, DataHandler> attachments)
            throws Exception {
        Exchange letter = template.send(endpoint, fresh -> {
            fresh.getMessage().setBody(body);
            fresh.getMessage().getHeaders().putAll(headers);
            fresh.getMessage().setHeader(Exchange.FILE_NAME, fileName);
            if (!attachments.isEmpty()) {
                new DefaultAttachmentMessage(fresh.getMessage()).setAttachments(attachments);
            }
        });
        if (letter.getException() != null) {
            throw letter.getException();
        }
    }
}
