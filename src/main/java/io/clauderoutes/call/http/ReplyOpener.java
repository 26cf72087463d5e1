package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.Attempt;
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

    private final Endpoint endpoint;
    private final MessageJson json;
    private final RetryAfter retryAfter;
    private final Duration deadline;
    private final DeadlineTimer watchdog;
    private final LongSupplier ticker;

    /**
     * Opens replies of one endpoint.
     *
     * @param deadline of a request with all its calls
     */
    public ReplyOpener(
            Endpoint endpoint,
            MessageJson json,
            RetryAfter retryAfter,
            Duration deadline,
            DeadlineTimer watchdog,
            LongSupplier ticker) {
        this.endpoint = endpoint;
        this.json = json;
        this.retryAfter = retryAfter;
        this.deadline = deadline;
        this.watchdog = watchdog;
        this.ticker = ticker;
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        Attempt attempt = Attempt.of(exchange);
        int status = message.getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        Map<String, String> headers = wireHeaders(message);
        boolean renewed = headers.remove(CallHooks.RENEWED) != null;
        String codings = Optional.ofNullable(headers.remove("content-encoding")).orElse("");
        attempt.responded(headers.getOrDefault("request-id", ""), headers);
        endpoint.quotas().of(attempt.request().prompt().request().model()).told(headers);
        InputStream wire = message.getBody() instanceof InputStream in ? in : InputStream.nullInputStream();
        Optional<ClaudeException> unknownCoding = Optional.empty();
        InputStream body = InputStream.nullInputStream();
        try {
            body = ContentDecoding.decoded(wire, codings);
        } catch (ContentDecoding.Unknown coding) {
            unknownCoding = Optional.of(new ClaudeException.Unavailable(ApiError.unreadable(
                    "encoding_unknown",
                    "endpoint " + endpoint.name() + " sent a response with content-encoding: "
                            + Printable.of(coding.getMessage()) + ", which is not known here")));
        }
        String type = headers.getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
        EndpointReply reply = new EndpointReply(
                endpoint,
                attempt,
                new EndpointReply.Response(framing(type), wire, body),
                attempt.request().startedNanos() + deadline.toNanos(),
                exchange.getProperty(EndpointBreaker.TRIAL, EndpointBreaker.Trial.class)::sawGoodEvent,
                watchdog,
                ticker);
        message.setBody(reply);
        if (status < 200 || status >= 300) {
            throw refused(status, headers, reply, renewed);
        }
        attempt.entry().started();
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
        if (endpoint.settings().dialect() == Dialect.MESSAGES) {
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
                    "endpoint " + endpoint.name() + " sent us elsewhere (status " + status
                            + "), and redirects are not followed: check claude.endpoints." + endpoint.name() + ".url"));
        }
        if (status == UNAUTHORIZED) {
            String hint = "Check claude.credentials." + endpoint.settings().credential();
            return new ClaudeException.Unauthorized(error, hint, renewed);
        }
        return ClaudeException.of(error);
    }
}
