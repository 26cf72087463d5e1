package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.stream.SinkFailed;
import io.clauderoutes.stream.Sleeper;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Map;
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

    private final String name;
    private final ClaudeSettings.Sink settings;
    private final ProducerTemplate template;
    private final Sleeper sleeper;
    private final ClaudeMeters meters;

    Sink(String name, ClaudeSettings.Sink settings, ProducerTemplate template, Sleeper sleeper, ClaudeMeters meters) {
        this.name = name;
        this.settings = settings;
        this.template = template;
        this.sleeper = sleeper;
        this.meters = meters;
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

    String name() {
        return name;
    }

    /**
     * Hands one message over.
     *
     * @throws SinkFailed after the last try
     */
    void send(Object body, Map<String, Object> headers) {
        Exception last = null;
        for (int attempt = 1; attempt <= settings.attempts(); attempt++) {
            last = tried(settings.uri(), body, headers);
            if (last == null) {
                meters.sink(name, true);
                return;
            }
            if (isInterruption(last) || (attempt < settings.attempts() && !sleeper.slept(settings.retryDelay()))) {
                break;
            }
        }
        meters.sink(name, false);
        throw new SinkFailed(name, last);
    }

    /** Whoever gave up on this sink interrupted it, and wants no more tries. */
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
            failed(SinkFailed.of(name, failure.getCause()), text, headers);
        } catch (TimeoutException | CancellationException slow) {
            task.cancel(true);
            failed(new SinkFailed(name, slow), text, headers);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new SinkFailed(name, stopping);
        }
    }

    /**
     * Settles that this sink did not take an answer.
     *
     * @param text the whole answer
     * @throws SinkFailed if that means that the prompt counts as not answered
     */
    void failed(SinkFailed failure, String text, Map<String, Object> headers) {
        switch (settings.onFailure()) {
            case IGNORE -> LOG.warn("{}; claude.sinks.{}.on-failure=ignore", failure.getMessage(), name);
            case FAIL -> throw failure;
            case DEAD_LETTER -> {
                LOG.warn("{}; the answer goes to claude.sinks.{}.dead-letter", failure.getMessage(), name);
                Exception lost = tried(settings.deadLetter().orElseThrow(), text, headers);
                if (lost != null) {
                    failure.addSuppressed(lost);
                    throw failure;
                }
            }
        }
    }
}
