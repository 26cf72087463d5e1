package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Quotas;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.Flight;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ClaudeSettings.Dialect;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.OpenReply.Framing;
import io.clauderoutes.text.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/**
 * Looks at the head of an endpoint's response. A good one becomes an {@link OpenReply} before anything can buffer it; any
 * other is read as the API's error and thrown.
 */
public final class ReplyOpener implements Processor {

    private static final int LONGEST_ERROR = 1024 * 1024;
    private static final int UNAUTHORIZED = 401;

    private final String name;
    private final ClaudeSettings.Endpoint endpoint;
    private final Quotas quotas;
    private final EndpointHealth health;
    private final MessageJson json;
    private final RetryAfter retryAfter;
    private final Duration deadline;
    private final DeadlineTimer watchdog;
    private final LongSupplier ticker;

    /**
     * Opens replies of one endpoint.
     *
     * @param deadline for a request with all its calls
     */
    public ReplyOpener(
            String name,
            ClaudeSettings.Endpoint endpoint,
            Quotas quotas,
            EndpointHealth health,
            MessageJson json,
            RetryAfter retryAfter,
            Duration deadline,
            DeadlineTimer watchdog,
            LongSupplier ticker) {
        this.name = name;
        this.endpoint = endpoint;
        this.quotas = quotas;
        this.health = health;
        this.json = json;
        this.retryAfter = retryAfter;
        this.deadline = deadline;
        this.watchdog = watchdog;
        this.ticker = ticker;
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
        int status = message.getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        Map<String, String> headers = wireHeaders(message);
        boolean renewed = headers.remove(CallHooks.RENEWED) != null;
        flight.requestId(headers.getOrDefault("request-id", ""));
        flight.responseHeaders(headers);
        quotas.of(flight.prompt().request().model()).told(headers);
        InputStream wire = message.getBody() instanceof InputStream in ? in : InputStream.nullInputStream();
        Optional<ClaudeException> unknownCoding = Optional.empty();
        InputStream body = InputStream.nullInputStream();
        try {
            body = ContentDecoding.decoded(wire, headers.getOrDefault("content-encoding", ""));
        } catch (ContentDecoding.Unknown coding) {
            unknownCoding = Optional.of(new ClaudeException.Unavailable(ApiError.unreadable(
                    "encoding_unknown",
                    "endpoint " + name + " sent a response with content-encoding: " + Printable.of(coding.getMessage())
                            + ", which is not known here")));
        }
        headers.remove("content-encoding");
        String type = headers.getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
        EndpointReply reply = new EndpointReply(
                name,
                endpoint,
                framing(type),
                wire,
                body,
                headers,
                flight,
                flight.startedNanos() + deadline.toNanos(),
                health,
                watchdog,
                ticker,
                exchange.getProperty(EndpointBreaker.TRIAL, EndpointBreaker.Trial.class)::sawGoodEvent);
        message.setBody(reply);
        if (status < 200 || status >= 300) {
            throw refused(status, headers, reply, renewed);
        }
        flight.entry().started();
        if (unknownCoding.isPresent()) {
            reply.abort();
            throw unknownCoding.get();
        }
    }

    /** Takes the wire's headers out of the message, and gives those that we know by lower-case name. */
    private static Map<String, String> wireHeaders(Message message) {
        Map<String, String> wire = new HashMap<>();
        message.getHeaders().entrySet().removeIf(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (WireHeaders.comesIn(name)) {
                wire.put(name, String.valueOf(header.getValue()));
                return true;
            }
            return name.startsWith("camelhttp");
        });
        return wire;
    }

    private Framing framing(String contentType) {
        boolean streamed = contentType.startsWith("text/event-stream");
        if (endpoint.dialect() == Dialect.MESSAGES) {
            return streamed ? Framing.EVENTS : Framing.MESSAGE;
        }
        return contentType.startsWith("application/json") ? Framing.PROMPT_TEXT : Framing.PROMPT_FRAMES;
    }

    private ClaudeException refused(int status, Map<String, String> headers, OpenReply reply, boolean renewed) {
        byte[] body;
        try {
            body = reply.body().readNBytes(LONGEST_ERROR);
        } catch (IOException cut) {
            body = new byte[0];
        } finally {
            reply.abort();
        }
        Optional<Duration> wait =
                Optional.ofNullable(headers.get("retry-after")).flatMap(retryAfter::read);
        ApiError error = json.error(status, headers, reply.redactedError(body), wait);
        if (status >= 300 && status < 400) {
            return new ClaudeException.Unavailable(ApiError.ours(
                    502,
                    "api_error",
                    "endpoint " + name + " sent us elsewhere (status " + status
                            + "), and redirects are not followed: check claude.endpoints." + name + ".url"));
        }
        if (status == UNAUTHORIZED) {
            String hint = "Check claude.credentials." + endpoint.credential();
            return new ClaudeException.Unauthorized(error, hint, renewed);
        }
        return ClaudeException.of(error);
    }
}
