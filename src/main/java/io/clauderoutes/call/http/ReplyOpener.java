package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.settings.Dialect;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.OpenReply.Framing;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
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
        ResponseHead head = ResponseHead.takenFrom(message);
        Map<String, String> headers = head.headers();
        attempt.responded(headers.getOrDefault("request-id", ""), headers);
        endpoint.quotas().of(attempt.request().prompt().request().model()).told(headers);
        InputStream wire = message.getBody() instanceof InputStream in ? in : InputStream.nullInputStream();
        Optional<ClaudeException> unknownCoding = Optional.empty();
        InputStream body = InputStream.nullInputStream();
        try {
            body = head.decoded(wire, endpoint.name());
        } catch (ClaudeException.Unavailable unknown) {
            unknownCoding = Optional.of(unknown);
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
        if (!head.isGood()) {
            throw refused(head, reply);
        }
        attempt.entry().started();
        if (unknownCoding.isPresent()) {
            reply.abort();
            throw unknownCoding.get();
        }
    }

    private Framing framing(String contentType) {
        boolean streamed = contentType.startsWith("text/event-stream");
        if (endpoint.settings().api().dialect() == Dialect.MESSAGES) {
            return streamed ? Framing.EVENTS : Framing.MESSAGE;
        }
        return contentType.startsWith("application/json") ? Framing.PROMPT_TEXT : Framing.PROMPT_FRAMES;
    }

    private ClaudeException refused(ResponseHead head, OpenReply reply) {
        byte[] body;
        try {
            body = reply.body().readNBytes(LONGEST_ERROR);
        } catch (IOException cut) {
            body = new byte[0];
        } finally {
            reply.abort();
        }
        Optional<Duration> wait =
                Optional.ofNullable(head.headers().get("retry-after")).flatMap(retryAfter::read);
        ApiError error = json.error(head.status(), head.headers(), reply.redactedError(body), wait);
        if (head.status() >= 300 && head.status() < 400) {
            return new ClaudeException.Unavailable(ApiError.ours(
                    502,
                    "api_error",
                    "endpoint " + endpoint.name() + " sent a redirect (status " + head.status()
                            + "), which is not followed: check claude.endpoints." + endpoint.name() + ".url"));
        }
        if (head.isUnauthorized()) {
            String hint =
                    "Check claude.credentials." + endpoint.settings().api().credential();
            return new ClaudeException.Unauthorized(error, hint, head.renewed());
        }
        return ClaudeException.of(error);
    }
}
