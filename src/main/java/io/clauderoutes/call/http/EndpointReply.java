package io.clauderoutes.call.http;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.DeadlineTimer.Watch;
import io.clauderoutes.request.Flight;
import io.clauderoutes.settings.ClaudeSettings;
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

    private final String endpoint;
    private final ClaudeSettings.Endpoint settings;
    private final Framing framing;
    private final InputStream wire;
    private final InputStream body;
    private final Map<String, String> headers;
    private final Flight flight;
    private final EndpointHealth health;
    private final LongSupplier ticker;
    private final long totalDeadline;
    private final long requestDeadline;
    private final Watch watch;
    private final Runnable onFirstEvent;
    private boolean alive;
    private volatile boolean begun;
    private volatile boolean over;

    EndpointReply(
            String endpoint,
            ClaudeSettings.Endpoint settings,
            Framing framing,
            InputStream wire,
            InputStream body,
            Map<String, String> headers,
            Flight flight,
            long deadlineNanos,
            EndpointHealth health,
            DeadlineTimer watchdog,
            LongSupplier ticker,
            Runnable onFirstEvent) {
        this.onFirstEvent = onFirstEvent;
        this.endpoint = endpoint;
        this.settings = settings;
        this.framing = framing;
        this.wire = wire;
        this.body = body;
        this.headers = Map.copyOf(headers);
        this.flight = flight;
        this.health = health;
        this.ticker = ticker;
        long startedNanos = flight.attemptStartedNanos();
        this.totalDeadline = startedNanos + settings.totalTimeout().toNanos();
        this.requestDeadline = deadlineNanos;
        this.watch = watchdog.watch(
                earlier(latest(), nextSign(isStreamed() ? startedNanos : ticker.getAsLong())),
                () -> isHopeless(startedNanos),
                this::cut);
    }

    private boolean isHopeless(long startedNanos) {
        return flight.isForgone() || (!begun && (health.hasGivenUp(startedNanos) || flight.isOvertaken()));
    }

    /** The request's deadline is for calls and waits; what has begun to come may take its time. */
    private long latest() {
        return begun ? totalDeadline : earlier(totalDeadline, requestDeadline);
    }

    /** When an answer that gives no more sign of life after this time has been silent for too long. */
    private long nextSign(long sinceNanos) {
        return sinceNanos + (isBeforeFirstToken() ? settings.firstTokenTimeout() : settings.idleTimeout()).toNanos();
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
        return framing;
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public Map<String, String> headers() {
        return headers;
    }

    @Override
    public byte[] redactedError(byte[] body) {
        return flight.redactedError(body);
    }

    @Override
    public void alive(boolean content) {
        if (!alive) {
            alive = true;
            onFirstEvent.run();
        }
        if (content && !begun) {
            if (!flight.answering()) {
                abort();
                throw Failures.unwanted(endpoint, null);
            }
            begun = true;
            long now = ticker.getAsLong();
            health.firstToken(now - flight.attemptStartedNanos(), isStreamed());
        }
        watch.until(earlier(latest(), nextSign(ticker.getAsLong())));
    }

    private boolean isStreamed() {
        return framing == Framing.EVENTS || framing == Framing.PROMPT_FRAMES;
    }

    @Override
    public ClaudeException failure(IOException cause) {
        if (cause instanceof ContentDecoding.Undecodable) {
            return new ClaudeException.Unavailable(
                    ApiError.unreadable("encoding_invalid", "endpoint " + endpoint + ": " + cause.getMessage()), cause);
        }
        if (!watch.fired()) {
            return new ClaudeException.Unavailable(
                    ApiError.ours(
                            502, "api_error", "the connection to endpoint " + endpoint + " broke within the reply"),
                    cause);
        }
        if (flight.isOvertaken() || flight.isForgone()) {
            return Failures.unwanted(endpoint, cause);
        }
        if (!begun && health.hasGivenUp(flight.attemptStartedNanos())) {
            return Failures.silent(endpoint, cause);
        }
        return new ClaudeException.TimedOut(
                ApiError.ours(504, "timeout_error", "endpoint " + endpoint + " took longer than " + timeout()), cause);
    }

    private String timeout() {
        long now = ticker.getAsLong();
        if (!begun && requestDeadline - now <= 0) {
            return Failures.DEADLINE;
        }
        String its = "claude.endpoints." + endpoint + ".";
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
            if (body.read() >= 0 || wire.read() >= 0) {
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
        cut(wire);
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
