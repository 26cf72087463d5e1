package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.request.UndeliveredReplies;
import io.clauderoutes.settings.OnSinkFailure;
import io.clauderoutes.settings.SinkSettings;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One configured sink: hands single messages to its Camel endpoint, in as many tries as it has, and knows what a failure means. */
final class Sink {

    private static final Logger LOG = LoggerFactory.getLogger(Sink.class);

    /** Between two attempts to keep or to deliver a reply that waits in memory. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final SinkId id;
    private final SinkSettings settings;
    private final ProducerTemplate template;
    private final SleepFunction sleeper;
    private final SinkStates states;
    private final UndeliveredReplies undelivered;
    private final ClaudeMeters meters;

    Sink(
            SinkId id,
            SinkSettings settings,
            ProducerTemplate template,
            SleepFunction sleeper,
            SinkStates states,
            UndeliveredReplies undelivered,
            ClaudeMeters meters) {
        this.id = id;
        this.settings = settings;
        this.template = template;
        this.sleeper = sleeper;
        this.states = states;
        this.undelivered = undelivered;
        this.meters = meters;
        meters.sinks().messages(id.group());
    }

    boolean wantsChunks() {
        return settings.chunks();
    }

    boolean wantsJson() {
        return settings.json();
    }

    int buffer() {
        return settings.buffer();
    }

    /** A delivery of a reply begins. */
    SinkStates.Waiting delivery(int room) {
        return states.delivery(id.group(), room);
    }

    String name() {
        return id.shown();
    }

    /**
     * Hands one message over.
     *
     * @throws SinkFailed after the last try
     */
    void send(Object body, Map<String, Object> headers) {
        Exception last = null;
        for (int attempt = 1; attempt <= settings.failure().attempts(); attempt++) {
            last = tried(settings.uri(), body, headers);
            if (last == null) {
                meters.sinks().messages(id.group(), true);
                states.taken(id.group());
                return;
            }
            if (isInterruption(last)
                    || (attempt < settings.failure().attempts()
                            && !sleeper.slept(settings.failure().retryDelay()))) {
                break;
            }
        }
        meters.sinks().messages(id.group(), false);
        throw new SinkFailed(id.shown(), last);
    }

    /** Hands one message over in a single attempt; gives the failure, if there is one. */
    Optional<SinkFailed> offer(Object body, Map<String, Object> headers) {
        Exception failure = tried(settings.uri(), body, headers);
        meters.sinks().messages(id.group(), failure == null);
        return Optional.ofNullable(failure).map(cause -> new SinkFailed(id.shown(), cause));
    }

    /** The fan-out has cancelled the delivery to this sink: no more attempts. */
    private static boolean isInterruption(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException || cause instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }

    private Exception tried(String uri, Object body, Map<String, Object> headers) {
        try {
            Endpoint endpoint = template.getCamelContext().getEndpoint(uri);
            Exchange sent = template.send(endpoint, message -> {
                message.getMessage().setBody(body);
                message.getMessage().getHeaders().putAll(headers);
                SinkHeaders.add(message.getMessage().getHeaders());
            });
            return sent.getException();
        } catch (RuntimeException notEvenAnEndpoint) {
            return notEvenAnEndpoint;
        }
    }

    /**
     * Waits until {@code task} has handed everything over.
     *
     * @param text the whole answer
     * @throws SinkFailed if it did not and that means that the prompt counts as not answered
     */
    void settle(FutureTask<Void> task, Duration patience, String text, Map<String, Object> headers) {
        try {
            task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failure) {
            failed(SinkFailed.of(id.shown(), failure.getCause()), text, headers);
        } catch (TimeoutException | CancellationException slow) {
            task.cancel(true);
            failed(new SinkFailed(id.shown(), slow), text, headers);
        } catch (InterruptedException stopping) {
            SinkFailed failure = new SinkFailed(id.shown(), stopping);
            try {
                failed(failure, text, headers);
            } finally {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Settles that this sink did not take an answer.
     *
     * @param text the whole answer
     * @throws SinkFailed if that means that the prompt counts as not answered
     */
    void failed(SinkFailed failure, String text, Map<String, Object> headers) {
        if (settings.failure().onFailure() != OnSinkFailure.IGNORE) {
            states.failed(id.group(), failure.reason());
        }
        switch (settings.failure().onFailure()) {
            case IGNORE -> LOG.warn("{}; claude.sinks.{}.on-failure=ignore", failure.getMessage(), id.shown());
            case FAIL -> throw failure;
            case KEEP -> keep(failure, text, headers);
            case DEAD_LETTER -> {
                LOG.warn("{}; the reply goes to claude.sinks.{}.dead-letter", failure.getMessage(), id.shown());
                Exception lost = tried(settings.failure().deadLetter().orElseThrow(), text, headers);
                if (lost != null) {
                    failure.addSuppressed(lost);
                    throw failure;
                }
            }
        }
    }

    /** The reply is paid for: while neither the store nor the sink takes it, it stays in memory and both are tried again. */
    private void keep(SinkFailed failure, String text, Map<String, Object> headers) {
        Map<String, Object> sinkHeaders = settings.chunks() ? asOnlyChunk(headers) : headers;
        boolean isReported = false;
        while (true) {
            try {
                undelivered.keep(id.key(), text, sinkHeaders, failure.reason());
                LOG.warn(
                        "{}; the reply is kept and delivered when the sink takes messages again", failure.getMessage());
                return;
            } catch (IOException notKept) {
                if (!isReported) {
                    LOG.error(
                            "{}; and the reply cannot be kept: {}. It waits in memory until one of both works",
                            failure.getMessage(),
                            notKept.getMessage());
                    isReported = true;
                }
                if (!sleeper.slept(PAUSE)) {
                    failure.addSuppressed(notKept);
                    throw failure;
                }
                if (offer(text, sinkHeaders).isEmpty()) {
                    states.taken(id.group());
                    return;
                }
            }
        }
    }

    private static Map<String, Object> asOnlyChunk(Map<String, Object> headers) {
        Map<String, Object> only = new HashMap<>(headers);
        only.put(ClaudeHeaders.CHUNK, 0);
        only.put(ClaudeHeaders.LAST, true);
        return only;
    }
}
