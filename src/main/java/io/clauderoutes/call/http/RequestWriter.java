package io.clauderoutes.call.http;

import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.Dialect;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Makes the request as the endpoint wants it the body of the message, its headers and query with it. */
public final class RequestWriter implements Processor {

    private final Dialect dialect;
    private final String apiVersion;
    private final PromptDialect promptDialect;
    private final long deadlineNanos;

    public RequestWriter(Dialect dialect, String apiVersion, PromptDialect promptDialect, Duration deadline) {
        this.dialect = dialect;
        this.apiVersion = apiVersion;
        this.promptDialect = promptDialect;
        this.deadlineNanos = deadline.toNanos();
    }

    public static boolean isStreamed(Exchange exchange) {
        return Request.of(exchange).prompt().request().stream();
    }

    /** They are no headers of the message, or those of the response could not be told from them. */
    private Map<String, String> headers(Prompt prompt) {
        if (dialect == Dialect.PROMPT || prompt.wireHeaders().containsKey(WireHeaders.VERSION)) {
            return prompt.wireHeaders();
        }
        Map<String, String> headers = new HashMap<>(prompt.wireHeaders());
        headers.put(WireHeaders.VERSION, apiVersion);
        return headers;
    }

    @Override
    public void process(Exchange exchange) {
        Attempt attempt = Attempt.of(exchange);
        Request request = attempt.request();
        Prompt prompt = request.prompt();
        byte[] body = dialect == Dialect.PROMPT
                ? promptDialect.body(prompt.request())
                : prompt.request().json().bytes();
        exchange.getProperty(EndpointBreaker.TRIAL, EndpointBreaker.Trial.class).began();
        Message message = exchange.getMessage();
        message.setBody(new RequestBody(
                body,
                prompt.request().stream(),
                dialect == Dialect.MESSAGES ? prompt.query() : "",
                headers(prompt),
                attempt,
                request.startedNanos() + deadlineNanos));
        message.getHeaders().keySet().removeIf(name -> WireHeaders.comesIn(name.toLowerCase(Locale.ROOT)));
        exchange.setProperty(Exchange.SKIP_GZIP_ENCODING, true);
    }
}
