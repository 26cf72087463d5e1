package io.clauderoutes.call;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeSettings.Dialect;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.stream.Flight;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Puts the request as the endpoint wants it into the message: body, and the few headers that leave. */
final class RequestWriter implements Processor {

    private final Dialect dialect;
    private final String apiVersion;
    private final PromptDialect promptDialect;
    private final long deadlineNanos;

    RequestWriter(Dialect dialect, String apiVersion, PromptDialect promptDialect, Duration deadline) {
        this.dialect = dialect;
        this.apiVersion = apiVersion;
        this.promptDialect = promptDialect;
        this.deadlineNanos = deadline.toNanos();
    }

    static boolean isStreamed(Exchange exchange) {
        return exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class).prompt().request().stream();
    }

    @Override
    public void process(Exchange exchange) {
        Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
        Prompt prompt = flight.prompt();
        byte[] body = dialect == Dialect.PROMPT
                ? promptDialect.body(prompt.request())
                : prompt.request().json().bytes();
        Message message = exchange.getMessage();
        message.setBody(new RequestBody(
                body,
                prompt.request().stream(),
                flight.credential(),
                () -> flight.isOvertaken() || flight.isForgone(),
                flight.attemptStartedNanos(),
                flight.startedNanos() + deadlineNanos));
        // Not removeHeaders("anthropic-*"), which compiles an expression for each header that it keeps.
        message.getHeaders().keySet().removeIf(WireHeaders::leaves);
        if (dialect == Dialect.MESSAGES) {
            message.setHeader(WireHeaders.VERSION, apiVersion);
        }
        prompt.wireHeaders().forEach(message::setHeader);
        exchange.setProperty(Exchange.SKIP_GZIP_ENCODING, true);
    }
}
