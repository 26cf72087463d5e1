package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.DeadlineTimer.Watch;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.stream.OpenReply;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.io.EofSensorInputStream;

/** An answer that is still on the wire of one endpoint, with its timeouts running. */
public final class EndpointReply implements OpenReply {

    static final String FIRST_TOKEN_TIMEOUT = "first-token-timeout";
    static final String TOTAL_TIMEOUT = "total-timeout";

    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Endpoint endpoint;
    private final Attempt attempt;
    private final Response response;
    private final Runnable onFirstEvent;
    private final LongSupplier ticker;
    private final long totalDeadline;
    private final long requestDeadline;
    private final Watch watch;
    private boolean alive;
    private volatile boolean begun;
    private volatile boolean over;

    /**
     * The response of a call.
     *
     * @param wire the body as it arrives
     * @param body the body after decoding
     */
    record Response(Framing framing, InputStream wire, InputStream body) {}

    /**
     * Opens a reply; its timeouts run from now on.
     *
     * @param deadlineNanos of the request with all its calls
     * @param onFirstEvent runs once, at the first event of the reply
     */
    EndpointReply(
            Endpoint endpoint,
            Attempt attempt,
            Response response,
            long deadlineNanos,
            Runnable onFirstEvent,
            DeadlineTimer watchdog,
            LongSupplier ticker) {
        this.endpoint = endpoint;
        this.attempt = attempt;
        this.response = response;
        this.onFirstEvent = onFirstEvent;
        this.ticker = ticker;
        this.totalDeadline =
                attempt.startedNanos() + endpoint.settings().timeouts().total().toNanos();
        this.requestDeadline = deadlineNanos;
        this.watch = watchdog.watch(
                earlier(latest(), nextSign(isStreamed() ? attempt.startedNanos() : ticker.getAsLong())),
                this::isHopeless,
                this::cut);
    }

    private boolean isHopeless() {
        return attempt.request().isCancelled() || (!begun && (isGivenUp() || attempt.isSuperseded()));
    }

    private boolean isGivenUp() {
        return endpoint.health().hasGivenUp(attempt.startedNanos());
    }

    /** The request's deadline is for calls and waits; what has begun to come may take its time. */
    private long latest() {
        return begun ? totalDeadline : earlier(totalDeadline, requestDeadline);
    }

    /** When an answer that gives no more sign of life after this time has been silent for too long. */
    private long nextSign(long sinceNanos) {
        return sinceNanos
                + (isBeforeFirstToken()
                                ? endpoint.settings().timeouts().firstToken()
                                : endpoint.settings().timeouts().idle())
                        .toNanos();
    }

    /** A whole answer has no first token: its head comes when all of it is there. */
    private boolean isBeforeFirstToken() {
        return !begun && isStreamed();
    }

    private static long earlier(long left, long right) {
        return left - right < 0 ? left : right;
    }

    @Override
    public Framing framing() {
        return response.framing();
    }

    @Override
    public InputStream body() {
        return response.body();
    }

    @Override
    public Map<String, String> headers() {
        return attempt.responseHeaders();
    }

    @Override
    public byte[] redactedError(byte[] body) {
        return attempt.request().errorRedaction().apply(body);
    }

    @Override
    public void alive(boolean content) {
        if (!alive) {
            alive = true;
            onFirstEvent.run();
        }
        if (content && !begun) {
            if (!attempt.reply()) {
                abort();
                throw Failures.unwanted(endpoint.name(), null);
            }
            begun = true;
            long now = ticker.getAsLong();
            attempt.firstToken(now - attempt.startedNanos());
            endpoint.health().firstToken(now - attempt.startedNanos(), isStreamed());
            endpoint.concurrency()
                    .replied(
                            attempt.startedNanos(),
                            attempt.request().prompt().request().estimatedInputTokens(),
                            isStreamed());
        }
        watch.until(earlier(latest(), nextSign(ticker.getAsLong())));
    }

    private boolean isStreamed() {
        return response.framing() == Framing.EVENTS || response.framing() == Framing.PROMPT_FRAMES;
    }

    @Override
    public ClaudeException failure(IOException cause) {
        if (cause instanceof ContentDecoding.Undecodable) {
            return new ClaudeException.Unavailable(
                    ApiError.unreadable("encoding_invalid", "endpoint " + endpoint.name() + ": " + cause.getMessage()),
                    cause);
        }
        if (!watch.fired()) {
            return new ClaudeException.Unavailable(
                    ApiError.ours(
                            502,
                            "api_error",
                            "the connection to endpoint " + endpoint.name() + " broke within the reply"),
                    cause);
        }
        if (attempt.isUnwanted()) {
            return Failures.unwanted(endpoint.name(), cause);
        }
        if (!begun && isGivenUp()) {
            return Failures.silent(endpoint.name(), cause);
        }
        return new ClaudeException.TimedOut(
                ApiError.ours(504, "timeout_error", "endpoint " + endpoint.name() + " took longer than " + timeout()),
                cause);
    }

    private String timeout() {
        long now = ticker.getAsLong();
        if (!begun && requestDeadline - now <= 0) {
            return Failures.DEADLINE;
        }
        String its = "claude.endpoints." + endpoint.name() + ".";
        if (totalDeadline - now <= 0) {
            return its + TOTAL_TIMEOUT;
        }
        return its + (isBeforeFirstToken() ? FIRST_TOKEN_TIMEOUT : "idle-timeout");
    }

    /** Reads on to the end of the response, so that its connection can serve the next call; a server that lingers is cut. */
    @Override
    public void finished() {
        // An answer without content has begun with its end.
        alive(true);
        watch.until(ticker.getAsLong() + LINGER_NANOS);
        try {
            if (response.body().read() >= 0 || response.wire().read() >= 0) {
                cut();
            }
        } catch (IOException lingered) {
            cut();
        } finally {
            over = true;
            watch.close();
        }
    }

    @Override
    public void abort() {
        if (!over) {
            over = true;
            watch.close();
            cut();
        }
    }

    private void cut() {
        cut(response.wire());
    }

    /** Gives up a body's connection, or its stream. */
    public static void cut(InputStream body) {
        try {
            if (body instanceof EofSensorInputStream sensor) {
                sensor.abort();
            } else {
                body.close();
            }
        } catch (IOException alreadyGone) {
            // it is gone, as was wanted
        }
    }
}
