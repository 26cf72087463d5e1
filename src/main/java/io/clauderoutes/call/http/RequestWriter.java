package io.clauderoutes.call.http;

import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.Dialect;
import io.clauderoutes.tracing.TraceSpan;
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
    private final boolean propagates;

    /** @param propagates whether a call that has a span names its trace to the endpoint */
    public RequestWriter(
            Dialect dialect, String apiVersion, PromptDialect promptDialect, Duration deadline, boolean propagates) {
        this.dialect = dialect;
        this.apiVersion = apiVersion;
        this.promptDialect = promptDialect;
        this.deadlineNanos = deadline.toNanos();
        this.propagates = propagates;
    }

    public static boolean isStreamed(Exchange exchange) {
        return Request.of(exchange).prompt().request().stream();
    }

    /** They are no headers of the message, or those of the response could not be told from them. */
    private Map<String, String> headers(Prompt prompt, TraceSpan span) {
        boolean hasVersion = dialect == Dialect.PROMPT || prompt.wireHeaders().containsKey(WireHeaders.VERSION);
        if (hasVersion && !span.isOn()) {
            return prompt.wireHeaders();
        }
        Map<String, String> headers = new HashMap<>(prompt.wireHeaders());
        if (!hasVersion) {
            headers.put(WireHeaders.VERSION, apiVersion);
        }
        if (span.isOn()) {
            if (propagates) {
                headers.put(Correlation.TRACE_PARENT, span.traceParent());
            } else {
                headers.remove(Correlation.TRACE_PARENT);
            }
        }
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
                headers(prompt, attempt.span()),
                attempt,
                request.startedNanos() + deadlineNanos));
        message.getHeaders().keySet().removeIf(name -> WireHeaders.comesIn(name.toLowerCase(Locale.ROOT)));
        exchange.setProperty(Exchange.SKIP_GZIP_ENCODING, true);
    }
}
