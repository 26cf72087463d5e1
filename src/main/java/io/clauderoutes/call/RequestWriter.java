package io.clauderoutes.call;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeSettings.Dialect;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.stream.Flight;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/** Puts the request as the endpoint wants it into the message: body, and the few headers that leave. */
final class RequestWriter implements Processor {

    private final Dialect dialect;
    private final String apiVersion;
    private final PromptDialect promptDialect;

    RequestWriter(Dialect dialect, String apiVersion, PromptDialect promptDialect) {
        this.dialect = dialect;
        this.apiVersion = apiVersion;
        this.promptDialect = promptDialect;
    }

    static boolean isStreamed(Exchange exchange) {
        return exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class).prompt().request().stream();
    }

    @Override
    public void process(Exchange exchange) {
        Prompt prompt = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class).prompt();
        byte[] body = dialect == Dialect.PROMPT
                ? promptDialect.body(prompt.request())
                : prompt.request().json().bytes();
        Message message = exchange.getMessage();
        message.setBody(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        message.removeHeaders("anthropic-*");
        if (dialect == Dialect.MESSAGES) {
            message.setHeader(WireHeaders.VERSION, apiVersion);
        }
        prompt.wireHeaders().forEach(message::setHeader);
        exchange.setProperty(Exchange.SKIP_GZIP_ENCODING, true);
    }
}
